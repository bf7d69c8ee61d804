package oauth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/base64url"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// AuthorizationRequest is a valid request to the authorization endpoint (RFC
// 6749 §4.1.1; ATM: authorization-code page).
type AuthorizationRequest struct {
	ApplicationID   string
	ApplicationName string
	ClientID        string
	// RedirectURL is where the response goes: one of the application's, on
	// loopback with the request's port.
	RedirectURL string
	// RedirectURI is the request's own, empty where it named none.
	RedirectURI string
	// State comes back with the response, Nonce in the id token.
	State, Nonce string
	// CodeChallenge is PKCE's (RFC 7636, S256), empty without.
	CodeChallenge string
	// FormPost reports whether the response is to be sent in a form (OAuth 2.0
	// Form Post Response Mode).
	FormPost bool
	// LoginHint is the email address to fill in (OpenID Connect Core §3.1.2.1).
	LoginHint string

	issuer string
}

// AuthorizationError is a refusal of an authorization request.
type AuthorizationError struct {
	// Refusal is what is wrong.
	Refusal *Error
	// Response tells the application (RFC 6749 §4.1.2.1). It is nil where the
	// request does not believably say whose it is, or its state cannot be sent
	// back: then the sign-in page shows the description.
	Response *AuthorizationResponse
	// ApplicationID is the application's, empty where it is not known.
	ApplicationID string
}

// Event is what to report of the refusal.
func (e *AuthorizationError) Event(at time.Time) Event {
	event := Event{
		Endpoint: EndpointAuthorize, GrantType: grantAuthorizationCode, At: at, ApplicationID: e.ApplicationID,
		Status: e.Refusal.Status, Code: e.Refusal.Code, Reason: e.Refusal.reason, Description: e.Refusal.Description,
	}
	if e.Response != nil {
		event.Status = e.Response.Status()
	}
	return event
}

// Error returns the refusal's text.
func (e *AuthorizationError) Error() string { return e.Refusal.Error() }

// Unwrap returns the refusal.
func (e *AuthorizationError) Unwrap() error { return e.Refusal }

const methodS256 = "S256"

// Bounds of parameters, in bytes. A state is as long as the sign-in form can carry
// it: three times as long when it is encoded, beside a nonce and a redirect URL
// in 64 KiB.
const (
	maxState = 12 << 10
	maxText  = 4 << 10
)

const (
	responseModeQuery    = "query"
	responseModeFormPost = "form_post"
)

// authorizationSpellings are the parameters of an authorization request: each
// is read under the first of its names and must agree with the others.
var authorizationSpellings = map[string][]string{
	"client_id":             {"client_id", "clientId"},
	"redirect_uri":          {"redirect_uri", "redirectUri"},
	"response_type":         {"response_type", "responseType"},
	"response_mode":         {"response_mode", "responseMode"},
	"code_challenge":        {"code_challenge", "codeChallenge"},
	"code_challenge_method": {"code_challenge_method", "codeChallengeMethod"},
	"login_hint":            {"login_hint", "loginHint"},
	"state":                 {"state"}, "nonce": {"nonce"}, "prompt": {"prompt"},
	"request": {"request"}, "request_uri": {"request_uri"},
}

// ParseAuthorization reads and checks the parameters of an authorization
// request. Its error is an *AuthorizationError, or the server's own.
func (s *Server) ParseAuthorization(ctx context.Context, form url.Values) (*AuthorizationRequest, error) {
	params, problems := readAuthorization(form)
	// Without its state, an application does not accept an error either.
	for _, name := range []string{"client_id", "redirect_uri", "state"} {
		if problem, broken := problems[name]; broken {
			return nil, shown(ReasonMalformed, "The parameter "+name+problem)
		}
	}
	application, redirectURL, err := s.redirectTarget(ctx, params)
	if err != nil {
		return nil, err
	}
	request := &AuthorizationRequest{
		ApplicationID: application.ID, ApplicationName: application.Name, ClientID: application.ClientID,
		RedirectURL: redirectURL, RedirectURI: params["redirect_uri"],
		State: params["state"], Nonce: params["nonce"], FormPost: params["response_mode"] == responseModeFormPost,
		CodeChallenge: params["code_challenge"], LoginHint: params["login_hint"], issuer: s.issuer(),
	}
	broken := checkAuthorization(application.AuthenticatorType, params)
	for _, name := range slices.Sorted(maps.Keys(problems)) {
		broken = invalidRequest(ReasonMalformed, name+problems[name])
	}
	if broken != nil {
		return nil, &AuthorizationError{
			Refusal: broken, Response: request.errorResponse(broken.Code, broken.Description), ApplicationID: application.ID,
		}
	}
	return request, nil
}

// readAuthorization reads each parameter, and tells what is wrong with those that
// it leaves out. Others are ignored, repeated or not (RFC 6749 §3.1): `resource`
// may be (RFC 8707 §2).
func readAuthorization(form url.Values) (params, problems map[string]string) {
	params, problems = make(map[string]string, len(authorizationSpellings)), map[string]string{}
	for name, spellings := range authorizationSpellings {
		limit := maxText
		if name == "state" {
			limit = maxState
		}
		value, problem := readOne(form, spellings, limit)
		if problem != "" {
			problems[name] = problem
		}
		params[name] = value
	}
	return params, problems
}

// readOne reads a parameter that has several spellings, or tells what is wrong
// with it.
func readOne(form url.Values, spellings []string, limit int) (value, problem string) {
	for _, spelling := range spellings {
		values := form[spelling]
		switch {
		case len(values) == 0 || (len(values) == 1 && values[0] == ""):
		case len(values) > 1 || (value != "" && value != values[0]):
			return "", " is repeated."
		case len(values[0]) > limit:
			return "", fmt.Sprintf(" is too long: the limit is %d bytes.", limit)
		case !validation.IsText(values[0]):
			return "", " is not UTF-8 text."
		default:
			value = values[0]
		}
	}
	return value, ""
}

// redirectTarget finds the application and where its response goes. What is
// wrong here is shown, never sent to a URL that is not registered (RFC 6749
// §4.1.2.1, §10.15).
func (s *Server) redirectTarget(ctx context.Context, params map[string]string) (store.Application, string, error) {
	var none store.Application
	if params["client_id"] == "" {
		return none, "", shown(ReasonMalformed, "The parameter clientId (or client_id) is missing.")
	}
	application, err := s.store.Direct(ctx).ApplicationByClientID(params["client_id"])
	switch {
	case errors.Is(err, store.ErrNotFound):
		return none, "", shown(ReasonUnknownApplication, "No application has this client id.")
	case err != nil:
		return none, "", fmt.Errorf("look up an application: %w", err)
	case !rules.Redirects(application.AuthenticatorType):
		return none, "", shownOf(application, ReasonWrongType, "This application's authenticator type has no sign-in page.")
	}
	sent := params["redirect_uri"]
	switch {
	case sent == "" && len(application.RedirectURLs) == 1:
		return application, application.RedirectURLs[0], nil
	case sent == "":
		return none, "", shownOf(application, ReasonWrongRedirect, fmt.Sprintf(
			"The application has %d redirect URLs: the parameter redirect_uri must name one of them.", len(application.RedirectURLs)))
	case isRedirectURL(application.RedirectURLs, sent):
		return application, sent, nil
	}
	return none, "", shownOf(application, ReasonWrongRedirect, "The parameter redirect_uri is not one of the application's redirect URLs.")
}

func shown(reason Reason, description string) *AuthorizationError {
	return &AuthorizationError{Refusal: invalidRequest(reason, description)}
}

func shownOf(a store.Application, reason Reason, description string) *AuthorizationError {
	return &AuthorizationError{Refusal: invalidRequest(reason, description), ApplicationID: a.ID}
}

// checkAuthorization checks what may be sent to the application.
func checkAuthorization(authenticatorType string, params map[string]string) *Error {
	refuse := func(code, description string) *Error {
		return &Error{Status: http.StatusBadRequest, Code: code, Description: description, reason: ReasonUnsupportedParameter}
	}
	responseType, responseMode := params["response_type"], params["response_mode"]
	challenge, method := params["code_challenge"], params["code_challenge_method"]
	switch {
	case responseType != "" && responseType != "code":
		return refuse(codeUnsupportedResponseType, "response_type must be code.")
	case responseMode != "" && responseMode != responseModeQuery && responseMode != responseModeFormPost:
		return refuse(codeInvalidRequest, "response_mode must be query or form_post.")
	case params["request"] != "":
		return refuse(codeRequestNotSupported, "The parameter request is not supported.")
	case params["request_uri"] != "":
		return refuse(codeRequestURINotSupported, "The parameter request_uri is not supported.")
	case slices.Contains(strings.Fields(params["prompt"]), "none"):
		return refuse(codeLoginRequired, "The server has no sessions: the user has to sign in.")
	case challenge == "" && method != "":
		return refuse(codeInvalidRequest, "code_challenge_method was sent without a code_challenge.")
	case challenge == "" && authenticatorType == rules.AuthorizationCodePKCE:
		return refuse(codeInvalidRequest, "This application needs a code_challenge (RFC 7636).")
	case challenge != "" && method != methodS256:
		return refuse(codeInvalidRequest, "code_challenge_method must be S256 (RFC 7636, section 4.3).")
	case challenge != "" && !isChallenge(challenge):
		return refuse(codeInvalidRequest, "code_challenge must be the SHA-256 of the verifier in unpadded base64url, 43 characters.")
	}
	return nil
}

// isChallenge checks the shape of an S256 challenge (RFC 7636 §4.2).
func isChallenge(s string) bool {
	raw, err := base64url.Decode(s)
	return err == nil && len(raw) == 32
}
