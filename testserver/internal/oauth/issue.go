package oauth

import (
	"crypto/sha256"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// refreshTokenBytes is the entropy of a refresh token: that of the HMAC from
// which its successors are derived, so that all look alike.
const refreshTokenBytes = sha256.Size

// signIn is a sign-in that succeeded and gets tokens.
type signIn struct {
	place  keys.Place
	client *store.GrantClient
	// user is nil for client credentials.
	user *store.GrantUser
	// familyID is empty unless the family has a name already.
	familyID string
	authTime time.Time
	nonce    string
}

// begin signs the tokens of a new token family. The family is to be stored
// before they are given away.
func (s *Server) begin(c *call, in signIn) (*tokenResponse, *store.TokenFamily, *Error) {
	family := &store.TokenFamily{
		ID: in.familyID, ApplicationID: in.client.ApplicationID, GrantType: c.event.GrantType,
		AuthTime: in.authTime, Nonce: in.nonce, CreatedAt: c.now,
		ExpiresAt: lifespan(c.now, in.client.AccessTokenLifespan),
	}
	if family.ID == "" {
		family.ID = random.ID()
	}
	// Signed before the family is bound: the first access token lives as long as
	// the application says.
	response, refusal := s.sign(c, in.place, in.client, in.user, family, in.nonce)
	if refusal != nil {
		return nil, nil, refusal
	}
	c.bind(family)
	if in.user != nil {
		response.RefreshToken = random.Token(refreshTokenBytes)
		family.UserID = in.user.UserID
		family.RefreshHash = store.Hash(response.RefreshToken)
		family.RefreshExpiresAt = until(family, lifespan(c.now, in.client.RefreshTokenLifespan))
		family.ExpiresAt = later(family.ExpiresAt, family.RefreshExpiresAt)
	}
	c.event.FamilyID = family.ID
	return response, family, nil
}

// sign makes the access token of a family and, for a user, the id token. They
// expire together.
func (s *Server) sign(c *call, place keys.Place, client *store.GrantClient, user *store.GrantUser,
	family *store.TokenFamily, nonce string) (*tokenResponse, *Error) {
	expires := until(family, lifespan(c.now, client.AccessTokenLifespan))
	payloads := []keys.Payload{func([]string) []byte { return accessPayload(client, user, family.ID, c.now, expires) }}
	if user != nil {
		c.event.UserID = user.UserID
		payloads = append(payloads, func(signed []string) []byte {
			return s.idPayload(client, user, family, signed[0], nonce, c.now, expires)
		})
	}
	tokens, err := place.Sign(c.ctx, expires, payloads...)
	if err != nil {
		return nil, c.failed("sign", err)
	}
	seconds := expires.Unix() - c.now.Unix()
	response := &tokenResponse{AccessToken: tokens[0], ExpAccessToken: seconds, ExpiresIn: seconds, TokenType: "Bearer"}
	if user != nil {
		response.IDToken = tokens[1]
	}
	return response, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
