package oauth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// refreshAttempts bounds how often a refresh looks again after it lost a race:
// what it finds then decides it, unless the race goes on.
const refreshAttempts = 5

// refreshToken rotates a refresh token. There are two forms: RFC 6749 §6, in
// which the application proves itself or is a public client, and ATM's
// (user-credentials and refresh-token pages), in which an id token of the same
// family takes the secret's place.
func (s *Server) refreshToken(c *call) (any, *Error) {
	if c.get(paramClientID) == "" {
		return nil, invalidRequest(ReasonMalformed, "client_id (or clientId) is missing.")
	}
	if c.get(paramRefreshToken) == "" {
		return nil, invalidRequest(ReasonMalformed, "refresh_token is missing.")
	}
	if refusal := s.authenticateRefresh(c); refusal != nil {
		return nil, refusal
	}
	place, err := s.keys.Admit()
	if err != nil {
		return nil, c.failed("admit", err)
	}
	defer place.Leave()
	return s.refresh(c, place)
}

func (s *Server) authenticateRefresh(c *call) *Error {
	bare := !c.basic && c.get(paramClientSecret) == "" && c.get(paramClientAssertion) == ""
	if bare && c.get(paramIDToken) != "" {
		c.event.Method = MethodIDToken
		return nil // ATM's form
	}
	_, refusal := s.authenticateClient(c)
	if bare && refusal != nil && refusal.Code == codeInvalidClient {
		return invalidRequest(refusal.reason, "The application is unknown, or its refresh needs client_secret or client_assertion "+
			"(RFC 6749, section 6) or id_token (ATM), together with client_id and refresh_token.")
	}
	return refusal
}

// refresh looks at the token, signs, and then uses it up in one step. A token
// that changed in between is looked at again.
func (s *Server) refresh(c *call, place keys.Place) (any, *Error) {
	secret, err := s.keys.Secret(c.ctx, successorSecret)
	if err != nil {
		return nil, c.failed("successor key", err)
	}
	presented := c.get(paramRefreshToken)
	var response *tokenResponse
	for range refreshAttempts {
		grant, err := s.store.Direct(c.ctx).GrantByRefreshToken(store.Hash(presented))
		if errors.Is(err, store.ErrNotFound) {
			return nil, deadRefreshToken(ReasonUnknownRefreshToken)
		}
		if err != nil {
			return nil, c.failed("look up the refresh token", err)
		}
		if refusal := s.checkRefresh(c, grant); refusal != nil {
			return nil, refusal
		}
		if response == nil {
			var refusal *Error
			// OpenID Connect Core §12.2: without the nonce.
			if response, refusal = s.sign(c, place, grant.Client, grant.User, grant.Family, ""); refusal != nil {
				return nil, refusal
			}
			response.RefreshToken = successor(secret, presented)
		}
		err = s.commitRefresh(c, grant, response.RefreshToken)
		if err == nil {
			return response, nil
		}
		if !errors.Is(err, store.ErrStale) {
			return nil, c.failed("rotate the refresh token", err)
		}
	}
	return nil, deadRefreshToken(ReasonRefreshTokenReused)
}

// deadRefreshToken is one response for all that can be wrong with a refresh token.
func deadRefreshToken(reason Reason) *Error {
	return invalidGrant(reason, "The refresh token is unknown, used, expired or revoked, or belongs to another application, user or id token.")
}

// checkRefresh refuses a refresh token that does not count. One that was used
// before ends its family (RFC 9700 §4.14.2), and so the tokens of its first use.
func (s *Server) checkRefresh(c *call, grant store.Grant) *Error {
	family := grant.Family
	if grant.Client.ClientID != c.get(paramClientID) {
		return deadRefreshToken(ReasonWrongApplication)
	}
	c.event.ApplicationID, c.event.FamilyID = grant.Client.ApplicationID, family.ID
	c.event.UserID = family.UserID
	if !family.RevokedAt.IsZero() {
		return deadRefreshToken(ReasonFamilyEnded)
	}
	if idToken := c.get(paramIDToken); idToken != "" {
		belongs, err := s.idTokenBelongs(c.ctx, idToken, grant)
		if err != nil {
			return c.failed("check the id token", err)
		}
		if !belongs {
			return deadRefreshToken(ReasonWrongIDToken)
		}
	}
	switch {
	case grant.Used && !c.repeats(grant):
		if _, err := s.store.Direct(c.ctx).EndFamily(family.ID, "a refresh token was used twice", c.now); err != nil {
			return c.failed("end the token family", err)
		}
		return deadRefreshToken(ReasonRefreshTokenReused)
	case !c.now.Before(family.RefreshExpiresAt):
		return deadRefreshToken(ReasonRefreshTokenExpired)
	}
	if reason := mayUse(grant.User); reason != "" {
		return deadRefreshToken(reason)
	}
	return c.needLogin(grant.User)
}

// repeats reports whether a used token is within its grace: the one used last,
// whose successor has not been used, and not long ago.
//
// Without a grace period there is no repeating, even if the times would allow
// it: a request that came first and lost the race is earlier than the use it
// lost to.
func (c *call) repeats(grant store.Grant) bool {
	grace := grant.Client.RefreshTokenGracePeriod
	return grace > 0 && grant.UsedGeneration == grant.Family.Generation-1 && c.now.Before(grant.UsedAt.Add(grace))
}

// commitRefresh uses the presented token up, or repeats the response to its use. It
// returns store.ErrStale where the token is not what it was when it was looked
// at.
func (s *Server) commitRefresh(c *call, grant store.Grant, next string) error {
	family, client := grant.Family, grant.Client
	accessExpires := until(family, lifespan(c.now, client.AccessTokenLifespan))
	if grant.Used {
		return s.storeIssue(c, func(tx *store.Tx) error {
			return tx.RepeatRotation(family.ID, family.Generation, accessExpires)
		})
	}
	refreshExpires := until(family, lifespan(c.now, client.RefreshTokenLifespan))
	return s.store.Write(c.ctx, func(tx *store.Tx) error {
		if err := c.useAssertion(tx); err != nil {
			return err
		}
		return tx.RotateFamily(store.Rotation{
			FamilyID: family.ID, Generation: family.Generation,
			Presented: family.RefreshHash, Successor: store.Hash(next), RefreshExpiresAt: refreshExpires,
			ExpiresAt: later(accessExpires, refreshExpires), Now: c.now,
		})
	})
}

// successorSecret names the key of successor among the shared secrets.
const successorSecret = "refresh-successor"

// successor derives the refresh token that follows another one, so that it can
// be sent again without having been stored.
func successor(secret []byte, presented string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(presented))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// idTokenBelongs reports whether an id token is of the refresh token's family,
// user and application. Its signature counts, its expiry does not.
func (s *Server) idTokenBelongs(ctx context.Context, token string, grant store.Grant) (bool, error) {
	var claims idClaims
	ok, err := s.open(ctx, token, &claims)
	return ok && claims.SessionID == grant.Family.ID && claims.Subject == grant.Family.UserID &&
		claims.Audience == grant.Client.ClientID, err
}
