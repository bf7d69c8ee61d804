package oauth

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Error codes of RFC 6749 §4.1.2.1 and §5.2, and OpenID Connect Core §3.1.2.6.
const (
	codeInvalidRequest          = "invalid_request"
	codeInvalidClient           = "invalid_client"
	codeInvalidGrant            = "invalid_grant"
	codeUnauthorizedClient      = "unauthorized_client"
	codeUnsupportedGrantType    = "unsupported_grant_type"
	codeUnsupportedResponseType = "unsupported_response_type"
	codeServerError             = "server_error"
	codeTemporarilyUnavailable  = "temporarily_unavailable"
	codeLoginRequired           = "login_required"
	codeRequestNotSupported     = "request_not_supported"
	codeRequestURINotSupported  = "request_uri_not_supported"
	codeSlowDown                = "slow_down"
	codeAccessDenied            = "access_denied"
	codeInvalidToken            = "invalid_token"      // RFC 6750 §3.1
	codeInsufficientScope       = "insufficient_scope" // RFC 6750 §3.1
)

// Error is a refusal as RFC 6749 §5.2 writes it.
type Error struct {
	// Status is the HTTP status, 400 for most codes.
	Status int
	// Code is the `error` member.
	Code string
	// Description is the `error_description` member: printable ASCII without
	// quotation marks and backslashes (RFC 6749 §5.2), and never a value that
	// was sent.
	Description string

	// reason is what the operator may know and the caller may not.
	reason Reason
	// challenge is the WWW-Authenticate of a protected resource (RFC 6750 §3).
	challenge string
	// retryAfter asks for the header of that name.
	retryAfter time.Duration
	// cause is an error of the server's own, for its log.
	cause error
}

// Error returns code and description.
func (e *Error) Error() string { return e.Code + ": " + e.Description }

// Reason returns why, only for the operator.
func (e *Error) Reason() Reason { return e.reason }

// Unwrap returns the server's own error behind the refusal, if there is one.
func (e *Error) Unwrap() error { return e.cause }

func invalidRequest(reason Reason, description string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: codeInvalidRequest, Description: description, reason: reason}
}

func invalidGrant(reason Reason, description string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: codeInvalidGrant, Description: description, reason: reason}
}

// invalidClient is one response for an unknown application, a wrong secret, and
// everything that is wrong with an assertion.
func invalidClient(reason Reason) *Error {
	return &Error{
		Status: http.StatusUnauthorized, Code: codeInvalidClient, reason: reason,
		Description: "The application is unknown, or its secret or assertion is wrong.",
	}
}

// missingSecret is one response for an unknown application and one that has to
// authenticate, where the request has no secret.
func missingSecret(reason Reason) *Error {
	return &Error{
		Status: http.StatusUnauthorized, Code: codeInvalidClient, reason: reason,
		Description: "The application is unknown, or has to send its client_secret, in the body or as HTTP Basic, or a client_assertion.",
	}
}

// publicClient refuses what an application without a secret cannot do.
func publicClient(description string) *Error {
	return &Error{
		Status: http.StatusUnauthorized, Code: codeInvalidClient, reason: ReasonPublicClient, Description: description,
	}
}

func serverError(cause error) *Error {
	return &Error{
		Status: http.StatusInternalServerError, Code: codeServerError, reason: ReasonServerError, cause: cause,
		Description: "The server failed; its log has the reason under this request's id.",
	}
}

func writeError(w http.ResponseWriter, r *http.Request, e *Error) {
	header := w.Header()
	if e.retryAfter > 0 {
		seconds := (e.retryAfter + time.Second - 1) / time.Second
		header.Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
	// RFC 6749 §5.2: required when the client used that header. In other
	// responses it is left out: it would make browsers ask their user for a
	// password.
	if e.challenge != "" {
		header.Set("WWW-Authenticate", e.challenge)
	} else if e.Status == http.StatusUnauthorized && r.Header.Get("Authorization") != "" {
		header.Set("WWW-Authenticate", `Basic realm="atm", charset="UTF-8"`)
	}
	writeJSON(w, e.Status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{e.Code, e.Description})
}

// writeJSON sends what must not be cached (RFC 6749 §5.1).
func writeJSON(w http.ResponseWriter, status int, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(err) // only strings and numbers: cannot fail
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("Pragma", "no-cache")
	header.Set("Content-Length", strconv.Itoa(len(encoded)))
	w.WriteHeader(status)
	_, _ = w.Write(encoded) // a caller that is gone is not the server's error
}
