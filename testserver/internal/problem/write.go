package problem

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
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

// From finds the problem that err is. An error that is none is a fault of the
// server.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Internal(err)
}

// Write answers with the problem that err is. The instance names the request
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
	_ = json.NewEncoder(w).Encode(doc) // the connection is gone: nobody left to tell
}
