package atm

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// Types of [ProblemError] that callers tell apart; the rest stands in the OpenAPI document.
const (
	ProblemNameTaken          = "urn:atm:problem:name-taken"
	ProblemEmailTaken         = "urn:atm:problem:email-taken"
	ProblemHasUsers           = "urn:atm:problem:application-has-users"
	ProblemAlreadyAssigned    = "urn:atm:problem:already-assigned"
	ProblemPreconditionFailed = "urn:atm:problem:precondition-failed"
)

// ProblemError is a refusal by the management API: an RFC 9457 problem document
// with what the request was.
type ProblemError struct {
	// Type is a URN; empty where the answer was no problem document.
	Type   string       `json:"type"`
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail"`
	Errors []FieldError `json:"errors"`
	// Existing is the object in the way of a 409, where the caller may see it.
	Existing *Existing `json:"existing"`
	// RequiredRole and CallerRole explain a 403.
	RequiredRole string `json:"requiredRole"`
	CallerRole   string `json:"callerRole"`

	Operation string `json:"-"` // what was wanted, as in "create suite"
	Method    string `json:"-"`
	URL       string `json:"-"`
	RequestID string `json:"-"`
	story     string
}

// FieldError is one bad field of a request.
type FieldError struct {
	// Pointer is a JSON pointer (RFC 6901) into the body, or a parameter's name.
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

// Existing names an object that is already there.
type Existing struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"createdAt"`
}

// Field is the first step of the pointer in snake case, which is the name of
// the Terraform attribute.
func (f FieldError) Field() string {
	first, _, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "/"), "/")
	var name strings.Builder
	for _, r := range first {
		if unicode.IsUpper(r) {
			name.WriteByte('_')
			r = unicode.ToLower(r)
		}
		name.WriteRune(r)
	}
	return name.String()
}

// Error is one sentence with every field's complaint, the status and the
// request id.
func (p *ProblemError) Error() string {
	what := p.Detail
	if what == "" {
		what = p.Title
	}
	if what == "" {
		what = "the answer holds no problem document"
	}
	for _, field := range p.Errors {
		what += fmt.Sprintf("; %s: %s", field.Pointer, field.Detail)
	}
	return fmt.Sprintf("%s: %s %s answered %d: %s (%s)", p.Operation, p.Method, p.URL, p.Status, what, p.story)
}

// Origin is where the refusal came from, without its reasons: the request, the
// status and the request id.
func (p *ProblemError) Origin() string {
	return fmt.Sprintf("%s: %s %s answered %d (%s)", p.Operation, p.Method, p.URL, p.Status, p.story)
}

// problem reads the answer as a problem document; what is none still gives a
// ProblemError with its status.
func (a *answer) problem() *ProblemError {
	p := &ProblemError{}
	if err := json.Unmarshal(a.body, p); err != nil {
		p = &ProblemError{}
	}
	if p.Type == "about:blank" {
		p.Type = ""
	}
	p.Status, p.Operation, p.Method, p.URL = a.status, a.op.name, a.request.Method, a.request.URL.Redacted()
	p.RequestID, p.story = a.trail.requestID, a.trail.story()
	return p
}

// RequestError is a request that got no usable answer.
type RequestError struct {
	Operation string
	Method    string
	URL       string
	RequestID string
	Attempts  int
	story     string
	Err       error
}

// Error names the request, the last attempt's failure and the request id.
func (e *RequestError) Error() string {
	return fmt.Sprintf("%s: %s %s: %v (%s)", e.Operation, e.Method, e.URL, e.Err, e.story)
}

// Unwrap returns the last attempt's failure.
func (e *RequestError) Unwrap() error { return e.Err }

// UnknownOutcomeError is a create of which nobody can say whether ATM made
// the object: a request may have been acted on and its answer was lost. Key
// is the Idempotency-Key that tells later ([Client.IdempotentResult]).
type UnknownOutcomeError struct {
	Key string
	Err error
}

// Error is the last attempt's failure; the key opens a stored secret and is not printed.
func (e *UnknownOutcomeError) Error() string { return e.Err.Error() }

// Unwrap returns the last attempt's failure.
func (e *UnknownOutcomeError) Unwrap() error { return e.Err }

// SignInError is a provider credential that ATM does not take, or not any more.
type SignInError struct {
	// Reason names the provider settings that are at fault.
	Reason string
	Err    error
}

// Error is the reason and the cause.
func (e *SignInError) Error() string {
	if e.Err == nil {
		return e.Reason
	}
	return e.Reason + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *SignInError) Unwrap() error { return e.Err }

// OAuthError is a refusal by a token endpoint (RFC 6749 §5.2).
type OAuthError struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
	Status      int    `json:"-"`
	RequestID   string `json:"-"`
	story       string
}

// Error is the code, the description and the request id.
func (e *OAuthError) Error() string {
	text := e.Code
	if e.Description != "" {
		text += ": " + e.Description
	}
	return fmt.Sprintf("%s (status %d, %s)", text, e.Status, e.story)
}

// IsNotFound reports whether err is a 404 of the management API itself; the
// 404 of another service at the same address is none.
func IsNotFound(err error) bool {
	var p *ProblemError
	return errors.As(err, &p) && p.Status == http.StatusNotFound && p.Type != ""
}

// IsProblem reports whether err is a [ProblemError] of this type.
func IsProblem(err error, kind string) bool {
	var p *ProblemError
	return errors.As(err, &p) && p.Type == kind
}

// IsStale reports whether err says that the object has changed since the etag.
func IsStale(err error) bool {
	var p *ProblemError
	return errors.As(err, &p) && p.Status == http.StatusPreconditionFailed
}
