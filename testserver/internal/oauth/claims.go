package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Issuer is the `iss` of access tokens (ATM: user-credentials page).
const Issuer = "atm"

// AccessClaims are the claims of an access token (ATM: user-credentials page;
// `jti` is ours).
type AccessClaims struct {
	IssuedAt  int64  `json:"iat"`
	Issuer    string `json:"iss"`
	ExpiresAt int64  `json:"exp"`
	// Audience is the application's id, not its client id.
	Audience string `json:"aud"`
	// Scope is the user, an empty object in a client-credentials token.
	Scope Scope `json:"scope"`
	// ID is the token family's id, a dot, and a random part.
	ID string `json:"jti"`
	// NotBefore is never issued, but honoured.
	NotBefore int64 `json:"nbf,omitempty"`
}

// Scope is the user that an access token speaks for.
type Scope struct {
	Email     string `json:"email"`
	ID        string `json:"id"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
}

// MarshalJSON writes all four members, or none where there is no user.
func (s Scope) MarshalJSON() ([]byte, error) {
	if s.ID == "" {
		return []byte("{}"), nil
	}
	type members Scope
	return json.Marshal(members(s))
}

// FamilyID returns the token family that an access token belongs to.
func (c AccessClaims) FamilyID() string {
	family, _, _ := strings.Cut(c.ID, ".")
	return family
}

// profile are the claims about a user (OpenID Connect Core §5.1), the same in id
// tokens and at UserInfo. An address is verified: administrators set it.
type profile struct {
	Email             string `json:"email"`
	EmailVerified     bool   `json:"email_verified"`
	PreferredUsername string `json:"preferred_username"`
	Name              string `json:"name,omitempty"`
	FirstName         string `json:"given_name,omitempty"`
	LastName          string `json:"family_name,omitempty"`
}

func profileOf(user *store.GrantUser) profile {
	return profile{
		Email: user.Email, EmailVerified: true, PreferredUsername: user.Email,
		Name:      strings.TrimSpace(user.FirstName + " " + user.LastName),
		FirstName: user.FirstName, LastName: user.LastName,
	}
}

// idClaims are the claims of an id token (OpenID Connect Core §2). `sid`, the
// session, is the token family.
type idClaims struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	Audience  string `json:"aud"`
	ExpiresAt int64  `json:"exp"`
	IssuedAt  int64  `json:"iat"`
	AuthTime  int64  `json:"auth_time"`
	Nonce     string `json:"nonce,omitempty"`
	SessionID string `json:"sid"`
	// AccessTokenHash binds the id token to its access token (§3.1.3.6).
	AccessTokenHash string `json:"at_hash"`
	profile
}

func accessPayload(client *store.GrantClient, user *store.GrantUser, familyID string, now, expires time.Time) []byte {
	claims := AccessClaims{
		IssuedAt: now.Unix(), Issuer: Issuer, ExpiresAt: expires.Unix(),
		Audience: client.ApplicationID, ID: familyID + "." + random.ID(),
	}
	if user != nil {
		claims.Scope = Scope{Email: user.Email, ID: user.UserID, FirstName: user.FirstName, LastName: user.LastName}
	}
	return mustJSON(claims)
}

func (s *Server) idPayload(client *store.GrantClient, user *store.GrantUser, family *store.TokenFamily,
	accessToken, nonce string, now, expires time.Time) []byte {
	return mustJSON(idClaims{
		Issuer: s.issuer(), Subject: user.UserID, Audience: client.ClientID,
		ExpiresAt: expires.Unix(), IssuedAt: now.Unix(), AuthTime: family.AuthTime.Unix(),
		Nonce: nonce, SessionID: family.ID, AccessTokenHash: tokenHash(accessToken), profile: profileOf(user),
	})
}

// tokenHash is the left half of a token's SHA-256 (OpenID Connect Core §3.1.3.6).
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

func mustJSON(claims any) []byte {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // only strings and numbers: cannot fail
	}
	return payload
}

// issuer is the public URL.
func (s *Server) issuer() string { return strings.TrimRight(s.publicURL(), "/") }
