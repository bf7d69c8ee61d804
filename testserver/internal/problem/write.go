package problem

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// ContentType is the media type of a problem document.
const ContentType = "application/problem+json"

// document is the wire form: schema Problem of openapi.yaml.
type document struct {
	Type         string        `json:"type"`
	Title        string        `json:"title"`
	Status       int           `json:"status"`
	Detail       string        `json:"detail,omitempty"`
	Instance     string        `json:"instance,omitempty"`
	Errors       []Field       `json:"errors,omitempty"`
	Existing     *Existing     `json:"existing,omitempty"`
	Applications []Application `json:"applications,omitempty"`
	RequiredRole string        `json:"requiredRole,omitempty"`
	CallerRole   string        `json:"callerRole,omitempty"`
}

// From maps an error of any package to its problem, and so to its HTTP status,
// for every endpoint and page: a store that cannot be reached or is closed is
// 503, and so is a request that was given up or took too long. An error that is
// none of these is a fault of the server.
func From(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrClosed),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Unavailable(err)
	}
	return Internal(err)
}

// Write responds with the problem that err is. The instance names the request
// id that the response's X-Request-Id carries.
func Write(w http.ResponseWriter, err error) {
	e := From(err)
	doc := document{
		Type: "urn:atm:problem:" + e.Type, Title: e.Title, Status: e.Status, Detail: e.Detail,
		Errors: e.Fields, Existing: e.Existing, Applications: e.Applications, RequiredRole: e.RequiredRole, CallerRole: e.CallerRole,
	}
	if id := w.Header().Get("X-Request-Id"); id != "" {
		doc.Instance = "urn:atm:request:" + id
	}
	maps.Copy(w.Header(), e.Header)
	w.Header().Set("Content-Type", ContentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(doc) // the connection is gone: no client left to tell
}
