package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// authorizationCode is RFC 6749 §4.1.3 with PKCE (RFC 7636 §4.6; ATM:
// authorization-code page). The application proves itself first, unless it is a
// public client, whose proof is the code verifier; then the code is used up, then redirect URL and challenge are checked: a code has one try.
func (s *Server) authorizationCode(c *call) (any, *Error) {
	client, refusal := s.authenticateClient(c)
	if refusal != nil {
		return nil, refusal
	}
	if refusal := needType(client, rules.AuthorizationCode, rules.AuthorizationCodePKCE); refusal != nil {
		return nil, refusal
	}
	if c.get(paramCode) == "" {
		return nil, invalidRequest(ReasonMalformed, "code is missing.")
	}
	// Before the claim: a code is not lost to a server that is too busy.
	place, err := s.keys.Admit()
	if err != nil {
		return nil, c.failed("admit", err)
	}
	defer place.Leave()
	code, refusal := s.claimCode(c, client)
	if refusal != nil {
		return nil, refusal
	}
	c.event.UserID = code.UserID
	if refusal := s.checkCode(c, code); refusal != nil {
		return nil, refusal
	}
	grant, err := s.store.Direct(c.ctx).GrantByUser(client.ClientID, code.UserID)
	if err != nil {
		return nil, c.failed("look up the user", err)
	}
	if reason := mayUse(grant.User); reason != "" {
		return nil, invalidUser(reason)
	}
	if refusal := c.needLogin(grant.User); refusal != nil {
		return nil, refusal
	}
	response, family, refusal := s.begin(c, signIn{
		place: place, client: client, user: grant.User, familyID: code.FamilyID,
		authTime: code.AuthTime, nonce: code.Nonce,
	})
	if refusal != nil {
		return nil, refusal
	}
	return s.storeFamilyOfCode(c, code, response, family)
}

// claimCode uses the code up. A second use ends what the first one was given
// (RFC 6749 §4.1.2).
func (s *Server) claimCode(c *call, client *store.GrantClient) (store.AuthorizationCode, *Error) {
	refused := "The code is unknown, used, expired, or was not issued to this application."
	presented := store.Hash(c.get(paramCode))
	code, err := s.store.Direct(c.ctx).ClaimCode(presented, client.ApplicationID, random.ID(), c.now)
	if errors.Is(err, store.ErrNotFound) {
		err = s.store.Write(c.ctx, func(tx *store.Tx) error {
			familyID, err := tx.ReplayCode(presented, client.ApplicationID, "the authorization code was used twice", c.now)
			c.event.FamilyID = familyID
			return err
		})
		switch {
		case errors.Is(err, store.ErrNotFound):
			return code, invalidGrant(ReasonUnknownCode, refused)
		case err == nil:
			return code, invalidGrant(ReasonCodeReplayed, refused)
		}
	}
	if err != nil {
		return code, c.failed("claim the code", err)
	}
	if !c.now.Before(code.ExpiresAt) {
		return code, invalidGrant(ReasonCodeExpired, refused)
	}
	return code, nil
}

// checkCode checks what the code is bound to.
func (s *Server) checkCode(c *call, code store.AuthorizationCode) *Error {
	if refusal := s.checkRedirect(c, code); refusal != nil {
		return refusal
	}
	verifier := c.get(paramCodeVerifier)
	switch {
	case code.CodeChallenge == "" && !c.authenticated:
		// A client that got hold of the code could redeem it.
		return invalidGrant(ReasonWrongVerifier, "The authorization request of a public client needs a code_challenge (RFC 7636).")
	case code.CodeChallenge == "" && verifier == "":
		return nil
	case code.CodeChallenge == "":
		// RFC 9700 §2.1.1: without this check an attacker could strip the
		// challenge.
		return invalidGrant(ReasonWrongVerifier, "code_verifier was sent, but the authorization request had no code_challenge.")
	case !isVerifier(verifier):
		return invalidGrant(ReasonWrongVerifier, "code_verifier must have 43 to 128 letters, digits, -, ., _ and ~ (RFC 7636, section 4.1).")
	}
	sum := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if subtle.ConstantTimeCompare([]byte(challenge), []byte(code.CodeChallenge)) != 1 {
		return invalidGrant(ReasonWrongVerifier, "code_verifier does not match the code_challenge.")
	}
	return nil
}

// checkRedirect wants the redirect URL of the authorization request again, and
// none where that named none (RFC 6749 §4.1.3), unless it is the
// application's only one.
func (s *Server) checkRedirect(c *call, code store.AuthorizationCode) *Error {
	sent := c.get(paramRedirectURI)
	if sent == code.RedirectURI {
		return nil
	}
	if code.RedirectURI == "" {
		urls, err := s.store.Direct(c.ctx).RedirectURLs(code.ApplicationID)
		if err != nil {
			return c.failed("look up the redirect URLs", err)
		}
		if len(urls) == 1 && urls[0] == sent {
			return nil
		}
	}
	return invalidGrant(ReasonWrongRedirect, "redirect_uri is not the one of the authorization request.")
}

func (s *Server) storeFamilyOfCode(c *call, code store.AuthorizationCode, response *tokenResponse, family *store.TokenFamily) (any, *Error) {
	err := s.store.Write(c.ctx, func(tx *store.Tx) error {
		if err := c.useAssertion(tx); err != nil {
			return err
		}
		return tx.CreateFamilyOfCode(code.Hash, *family)
	})
	reason := refusedFamily(err)
	switch {
	case errors.Is(err, store.ErrStale):
		return nil, invalidGrant(ReasonCodeReplayed, "The code was used twice.")
	case reason != "":
		return nil, invalidUser(reason)
	case err != nil:
		return nil, c.failed("store the token family", err)
	}
	return response, nil
}

// isVerifier checks the shape of a code verifier (RFC 7636 §4.1); a challenge
// has it too (§4.2).
func isVerifier(s string) bool {
	const shortest, longest = 43, 128
	if len(s) < shortest || len(s) > longest {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' && c != '~' {
			return false
		}
	}
	return true
}
