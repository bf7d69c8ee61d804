// Package problem holds the one error type of the management API and of the
// test-control API, and turns it into a problem document (RFC 9457) in one
// place. It knows the types that openapi.yaml lists and nothing of what causes
// them.
//
// A detail never repeats a value of the request: values may be secrets.
package problem

import (
	"fmt"
	"net/http"
	"time"
)

// Error is a refusal that becomes a problem document. Its zero value is not
// valid: make one with the functions of this package.
type Error struct {
	// Type is the last part of `urn:atm:problem:…`.
	Type string
	// Title is the same for every problem of the type.
	Title string
	// Status is the HTTP status code.
	Status int
	// Detail says what to do about this occurrence. It holds no value of the
	// request's body.
	Detail string
	// Fields names what is wrong with each field.
	Fields []Field
	// Existing is the object that has the name or email address already.
	Existing *Existing
	// Applications are those that prevent the change.
	Applications []Application
	// RequiredRole would have been allowed; CallerRole is not.
	RequiredRole, CallerRole string
	// Header is added to the response (Allow, Retry-After, …).
	Header http.Header
	// Cause is logged and never sent.
	Cause error
}

// Field tells what is wrong with one field of the body, or one parameter.
type Field struct {
	// Pointer is a JSON pointer into the body (RFC 6901), or the name of a
	// parameter.
	Pointer string `json:"pointer"`
	// Detail completes a sentence that begins with the field: "must be at
	// least 60".
	Detail string `json:"detail"`
}

// Existing names the object that is in the way, for callers that may see it.
type Existing struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"createdAt"`
}

// Application names an application that prevents a change.
type Application struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Error implements error: for the server's log.
func (e *Error) Error() string {
	text := e.Type
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	for _, f := range e.Fields {
		text += fmt.Sprintf("; %s %s", f.Pointer, f.Detail)
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

func (e *Error) with(name, value string) *Error {
	if e.Header == nil {
		e.Header = http.Header{}
	}
	e.Header.Set(name, value)
	return e
}
