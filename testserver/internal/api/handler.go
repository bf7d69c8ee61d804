// Package api has the types of the management API and binds its requests. Its
// generated part comes from openapi.yaml. It expects requests that the OpenAPI
// validator has passed, and does not repeat these checks.
package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"
	"github.com/oapi-codegen/runtime"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

// Response is the successful response of an operation.
type Response interface {
	Write(w http.ResponseWriter)
}

// NewHandler routes requests to the operations of server. fail responds to a
// request that cannot be bound, or whose operation returns an error.
func NewHandler(server Server, fail func(http.ResponseWriter, *http.Request, error)) http.Handler {
	h := &handler{Mux: chi.NewRouter(), fail: fail}
	h.addRoutes(server)
	return h
}

type handler struct {
	*chi.Mux
	fail func(http.ResponseWriter, *http.Request, error)
}

// operation calls a method of Server with bound arguments.
type operation func(context.Context) (Response, error)

func (h *handler) route(method, pattern string, bind func(*request) operation) {
	h.MethodFunc(method, pattern, func(w http.ResponseWriter, r *http.Request) {
		req := request{Request: r}
		call := bind(&req)
		if req.err != nil {
			h.fail(w, r, req.err)
			return
		}
		response, err := call(r.Context())
		if err != nil {
			h.fail(w, r, err)
			return
		}
		response.Write(w)
	})
}

// request binds the parts of a request. Its error is for what the document
// allows and the Go types do not, such as a whole number beyond the range of int.
type request struct {
	*http.Request
	err error
}

func (r *request) check(err error) {
	if err != nil {
		r.err = problem.InvalidRequest("The request cannot be read.")
	}
}

// path is a path parameter. Chi routes by RawPath where there is one, and its
// parameters are then still escaped.
func (r *request) path(name string) string {
	value := chi.URLParam(r.Request, name)
	if r.URL.RawPath == "" {
		return value
	}
	value, err := url.PathUnescape(value)
	r.check(err)
	return value
}

func (r *request) query(name string, explode bool, into any) {
	r.check(runtime.BindQueryParameterWithOptions("form", explode, false, name, r.URL.Query(), into, runtime.BindQueryParameterOptions{}))
}

func header[T ~string](r *request, name string) T { return T(r.Header.Get(name)) }

func optionalHeader[T ~string](r *request, name string) *T {
	if len(r.Header.Values(name)) == 0 {
		return nil
	}
	return new(header[T](r, name))
}

func bodyOf[T any](r *request) (body T) {
	r.check(runtime.BindJSONBody(r.Request, &body))
	return body
}
