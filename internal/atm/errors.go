package atm

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// Types of [ProblemError] that callers tell apart; the OpenAPI document lists all.
const (
	ProblemNotFound           = "urn:atm:problem:not-found"
	ProblemUnknownPath        = "urn:atm:problem:unknown-path"
	ProblemKeyVoid            = "urn:atm:problem:key-void"
	ProblemNameTaken          = "urn:atm:problem:name-taken"
	ProblemEmailTaken         = "urn:atm:problem:email-taken"
	ProblemHasUsers           = "urn:atm:problem:application-has-users"
	ProblemAlreadyAssigned    = "urn:atm:problem:already-assigned"
	ProblemPreconditionFailed = "urn:atm:problem:precondition-failed"
)

// problemPrefix begins the type of every problem document of ATM. A document of another type is a gateway's.
const problemPrefix = "urn:atm:problem:"

// ProblemError is a refusal by the management API: an RFC 9457 problem document with what the request was.
type ProblemError struct {
	Exchange `json:"-"`

	// Type is a URN of ATM's.
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

// Field is the first step of the pointer in snake case, which is the name of the Terraform attribute.
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

// Error is one sentence with the request, the status, the request id and every field's complaint.
func (p *ProblemError) Error() string { return p.message(p.reason()) }

func (p *ProblemError) reason() string {
	what := p.Detail
	if what == "" {
		what = p.Title
	}
	for _, field := range p.Errors {
		what += fmt.Sprintf("; %s: %s", field.Pointer, field.Detail)
	}
	return what
}

// OAuthError is a refusal by a token endpoint (RFC 6749 §5.2).
type OAuthError struct {
	Exchange `json:"-"`

	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// Error is the code, the description, the status and the request id.
func (e *OAuthError) Error() string { return e.message(e.reason()) }

func (e *OAuthError) reason() string {
	if e.Description == "" {
		return e.Code
	}
	return e.Code + ": " + e.Description
}

// refusal reads a response as an error of ATM's own: a problem document, or at the token endpoints an OAuth error. It
// is nil for anything else, such as a gateway's page or the problem document of another service.
func (r *request) refusal(resp *response, clean func(string) string) error {
	if r.oauth {
		e := &OAuthError{}
		if json.Unmarshal(resp.body, e) == nil && e.Code != "" {
			e.Code, e.Description = clean(e.Code), clean(e.Description)
			return e
		}
		return nil
	}
	p := &ProblemError{}
	if json.Unmarshal(resp.body, p) == nil && strings.HasPrefix(p.Type, problemPrefix) && p.Status == resp.status {
		p.clean(clean)
		return p
	}
	return nil
}

// clean makes the texts of the response fit to print.
func (p *ProblemError) clean(clean func(string) string) {
	texts := []*string{&p.Type, &p.Title, &p.Detail, &p.RequiredRole, &p.CallerRole}
	if p.Existing != nil {
		texts = append(texts, &p.Existing.ID)
	}
	p.Errors = p.Errors[:min(len(p.Errors), validation.MaxApplicationUsers)] // one for each item of the largest request
	for i := range p.Errors {
		texts = append(texts, &p.Errors[i].Pointer, &p.Errors[i].Detail)
	}
	for _, text := range texts {
		*text = clean(*text)
	}
}

// UnknownOutcomeError is a create, an assignment or a rotation of which it is not known whether ATM acted: a request
// may have been acted on and its response was lost. Key is the Idempotency-Key that tells later
// ([Client.ResolveKey]), or under which the same request can be sent again.
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

// NoSuchError is a readable key that names nothing the caller may see.
type NoSuchError struct {
	Kind string
	Key  string
}

// Error says what was looked for.
func (e *NoSuchError) Error() string {
	return fmt.Sprintf("there is no %s %q, or the provider's user may not see it", e.Kind, e.Key)
}

// IsNotFound reports whether err is ATM's statement that the object of the request does not exist or is not visible
// to the caller: the problem [ProblemNotFound] as the response to the request itself. The 404 of a gateway or another
// service, that of a path that ATM does not know, and an error of the sign-in are not.
func IsNotFound(err error) bool {
	var signIn *SignInError
	return IsProblem(err, ProblemNotFound) && !errors.As(err, &signIn)
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

// lacksEndpoint reports whether an optional request met a server that does not have its endpoint.
func lacksEndpoint(err error) bool {
	var foreign *UnexpectedResponseError
	return errors.As(err, &foreign) && missingEndpoint(foreign.Status) || IsProblem(err, ProblemUnknownPath)
}
