package oauth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/bearer"
)

// UserInfo serves the claims of the user of an access token (OpenID Connect
// Core §5.3). Scopes do not narrow them: ATM's tokens have none.
func (s *Server) UserInfo() http.Handler {
	return s.forBrowsers(s.handler(EndpointUserInfo, s.userInfo), http.MethodGet, http.MethodHead, http.MethodPost)
}

// userInfo is the response (OpenID Connect Core §5.3.2).
type userInfo struct {
	Subject string `json:"sub"`
	profile
}

func (s *Server) userInfo(w http.ResponseWriter, r *http.Request, c *call) (any, *Error) {
	if refusal := allow(w, r, http.MethodGet, http.MethodHead, http.MethodPost); refusal != nil {
		return nil, refusal
	}
	token, refusal := bearerToken(r)
	if refusal != nil {
		return nil, refusal
	}
	v, err := s.Verify(c.ctx, token)
	if errors.Is(err, ErrInvalidToken) {
		return nil, invalidToken(err)
	}
	if err != nil {
		return nil, c.failed("verify the access token", err)
	}
	c.event.ApplicationID, c.event.FamilyID, c.event.UserID = v.Client.ApplicationID, v.Family.ID, v.Family.UserID
	if v.User == nil {
		return nil, protected(&Error{
			Status: http.StatusForbidden, Code: codeInsufficientScope, reason: ReasonWrongType,
			Description: "The access token was issued by client credentials: it has no user.",
		})
	}
	return userInfo{Subject: v.User.UserID, profile: profileOf(v.User)}, nil
}

// bearerToken takes the access token from the header or from the form (RFC 6750
// §2.1, §2.2). The query string (§2.3) is in logs and histories.
func bearerToken(r *http.Request) (string, *Error) {
	if query := r.URL.Query(); query.Has(paramAccessToken) {
		return "", protected(invalidRequest(ReasonMalformed, "The access token must not be in the query string: send it in the Authorization header."))
	}
	given, refusal := formToken(r)
	if refusal != nil {
		return "", protected(refusal)
	}
	if token, found := bearer.Token(r); found {
		given = append(given, token)
	}
	switch {
	case len(given) > 1 || len(r.Header.Values("Authorization")) > 1:
		return "", protected(invalidRequest(ReasonMalformed, "The access token is repeated."))
	case len(given) == 0:
		return "", &Error{
			Status: http.StatusUnauthorized, Code: codeInvalidToken, reason: ReasonNoCredentials,
			Description: "The request needs an access token as a bearer token.",
			challenge:   challengeBearer, // without an error: RFC 6750 §3.1
		}
	}
	return given[0], nil
}

const paramAccessToken = "access_token"

// formToken reads the tokens of a form; other bodies have no meaning here.
func formToken(r *http.Request) ([]string, *Error) {
	mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if r.Method != http.MethodPost || !strings.EqualFold(strings.TrimSpace(mediaType), formType) {
		return nil, nil
	}
	data, refusal := readBody(r)
	if refusal != nil {
		return nil, refusal
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return nil, invalidRequest(ReasonMalformed, "The body is not form-urlencoded.")
	}
	return form[paramAccessToken], nil
}

// invalidToken says what is wrong with an access token (RFC 6750 §3.1).
func invalidToken(err error) *Error {
	description := "The access token is not valid."
	if why := failure(""); errors.As(err, &why) && isDescription(string(why)) {
		description = "The access token is not valid. " + string(why)
	}
	return protected(&Error{
		Status: http.StatusUnauthorized, Code: codeInvalidToken, reason: ReasonInvalidToken, Description: description,
	})
}

const challengeBearer = `Bearer realm="atm"`

// protected adds the challenge of a protected resource to a refusal (RFC 6750
// §3).
func protected(e *Error) *Error {
	e.challenge = challengeBearer + `, error="` + e.Code + `", error_description="` + e.Description + `"`
	return e
}

// isDescription reports whether a text has only characters of an
// error_description (RFC 6750 §3).
func isDescription(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
			return false
		}
	}
	return true
}
