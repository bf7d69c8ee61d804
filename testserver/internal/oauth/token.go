package oauth

import "net/http"

// Grant types of the token endpoint.
const (
	grantUserCredentials   = "user_credentials"
	grantClientCredentials = "client_credentials"
	grantAuthorizationCode = "authorization_code"
	grantRefreshToken      = "refresh_token"
)

// Token serves the token endpoint (ATM: user-credentials page; RFC 6749 §3.2).
func (s *Server) Token() http.Handler {
	return s.forBrowsers(s.endpoint(EndpointToken, s.token), http.MethodPost)
}

func (s *Server) token(c *call) (any, *Error) {
	grantType := c.get(paramGrantType)
	var grant func(*call) (any, *Error)
	switch grantType {
	case grantUserCredentials:
		grant = s.userCredentials
	case grantClientCredentials:
		grant = s.clientCredentials
	case grantAuthorizationCode:
		grant = s.authorizationCode
	case grantRefreshToken:
		grant = s.refreshToken
	case "":
		return nil, invalidRequest(ReasonMalformed, "grant_type is missing (or grant_types, or grantType).")
	default:
		return nil, &Error{
			Status: http.StatusBadRequest, Code: codeUnsupportedGrantType, reason: ReasonUnsupportedGrant,
			Description: "grant_type must be user_credentials, client_credentials, authorization_code or refresh_token.",
		}
	}
	c.event.GrantType = grantType
	return grant(c)
}

// tokenResponse is the response of the token endpoint: ATM's members, and RFC
// 6749's beside them.
type tokenResponse struct {
	AccessToken    string `json:"access_token"`
	ExpAccessToken int64  `json:"exp_access_token"`
	TokenType      string `json:"token_type"`
	ExpiresIn      int64  `json:"expires_in"`
	RefreshToken   string `json:"refresh_token,omitempty"`
	IDToken        string `json:"id_token,omitempty"`
}
