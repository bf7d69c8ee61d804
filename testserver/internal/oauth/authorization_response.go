package oauth

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// AuthorizationResponse is what the browser brings to the application (RFC 6749
// §4.1.2, §4.1.2.1).
type AuthorizationResponse struct {
	ApplicationID, ApplicationName string
	// RedirectURL is where it goes: the request's redirect URL.
	RedirectURL string
	// Params are the response's parameters, with the request's state and, as
	// `iss`, the issuer (RFC 9207).
	Params url.Values
	// FormPost reports whether they are to be sent in a form, and not in the
	// query (OAuth 2.0 Form Post Response Mode).
	FormPost bool
}

// URL returns the redirect URL with the parameters.
func (r *AuthorizationResponse) URL() string { return withQuery(r.RedirectURL, r.Params) }

// withQuery adds parameters to a URL's own query, which stays as it is (RFC 6749
// §3.1.2).
func withQuery(target string, params url.Values) string {
	switch {
	case !strings.Contains(target, "?"):
		target += "?"
	case !strings.HasSuffix(target, "?") && !strings.HasSuffix(target, "&"):
		target += "&"
	}
	return target + params.Encode()
}

// Status is the HTTP status of the page or redirect that sends it.
func (r *AuthorizationResponse) Status() int {
	if r.FormPost {
		return http.StatusOK
	}
	return http.StatusSeeOther
}

func (r *AuthorizationRequest) response(params url.Values) *AuthorizationResponse {
	if r.State != "" {
		params.Set("state", r.State)
	}
	params.Set("iss", r.issuer)
	return &AuthorizationResponse{
		ApplicationID: r.ApplicationID, ApplicationName: r.ApplicationName,
		RedirectURL: r.RedirectURL, Params: params, FormPost: r.FormPost,
	}
}

func (r *AuthorizationRequest) errorResponse(code, description string) *AuthorizationResponse {
	return r.response(url.Values{"error": {code}, "error_description": {description}})
}

// Deny returns the response for a user who does not want to sign in to the
// application (RFC 6749 §4.1.2.1, access_denied).
func (s *Server) Deny(ctx context.Context, request *AuthorizationRequest) *AuthorizationResponse {
	response := request.errorResponse(codeAccessDenied, "The user denied the request.")
	s.onEvent(ctx, Event{
		Endpoint: EndpointAuthorize, GrantType: grantAuthorizationCode, At: s.clock.Now(),
		ApplicationID: request.ApplicationID, Status: response.Status(), Code: codeAccessDenied, Reason: ReasonDenied,
	})
	return response
}
