// Package openapi holds requests and responses against openapi.yaml: it finds
// the operation of a request, refuses requests that the document does not
// allow, and in tests reports every response that it does not describe. It
// knows the document and nothing of what the operations do.
package openapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-chi/chi/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// Validator is a parsed document. It is safe for concurrent use. Parsing takes
// some milliseconds: do it once per process.
type Validator struct {
	doc        *openapi3.T
	router     *chi.Mux // only matches, its handlers do nothing
	operations map[string]*Operation
}

// Operation is one method of one path.
type Operation struct {
	// ID is the document's operationId.
	ID string
	// Method and Pattern are as in the document: GET, /api/v1/suites/{id}.
	Method, Pattern string

	route      *routers.Route
	parameters map[string]*openapi3.Parameter // of the query, by name
	headers    []*openapi3.Parameter
	bodies     map[string]*openapi3.Schema // by media type
	mediaTypes []string
	needsBody  bool
}

// methods that a path may have, in the order in which Allow lists them.
var methods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
}

// Parse reads an OpenAPI 3.0.3 document in YAML or JSON.
func Parse(document []byte) (*Validator, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	c := &Validator{doc: doc, router: chi.NewRouter(), operations: map[string]*Operation{}}
	nothing := func(http.ResponseWriter, *http.Request) {}
	for pattern, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			c.router.MethodFunc(method, pattern, nothing)
			c.operations[method+" "+pattern] = c.operation(method, pattern, item, op)
		}
	}
	return c, nil
}

func (c *Validator) operation(method, pattern string, item *openapi3.PathItem, op *openapi3.Operation) *Operation {
	o := &Operation{
		ID: op.OperationID, Method: method, Pattern: pattern,
		route:      &routers.Route{Spec: c.doc, Path: pattern, PathItem: item, Method: method, Operation: op},
		parameters: map[string]*openapi3.Parameter{},
		bodies:     map[string]*openapi3.Schema{},
	}
	for _, ref := range slices.Concat(item.Parameters, op.Parameters) {
		switch p := ref.Value; p.In {
		case openapi3.ParameterInQuery:
			o.parameters[p.Name] = p
		case openapi3.ParameterInHeader:
			o.headers = append(o.headers, p)
		}
	}
	if op.RequestBody != nil {
		o.needsBody = op.RequestBody.Value.Required
		for mediaType, content := range op.RequestBody.Value.Content {
			o.bodies[mediaType] = content.Schema.Value
			o.mediaTypes = append(o.mediaTypes, mediaType)
		}
		slices.Sort(o.mediaTypes)
	}
	return o
}

// Find returns the operation for a request. Without one it returns the methods
// that the path has, none for a path that is not in the document: one that is
// not UTF-8, or holds NUL, names no object that could be.
func (c *Validator) Find(r *http.Request) (_ *Operation, allowed []string) {
	if !validation.IsText(r.URL.Path) {
		return nil, nil
	}
	path := routedPath(r)
	if pattern := c.match(r.Method, path); pattern != "" {
		return c.operations[r.Method+" "+pattern], nil
	}
	for _, method := range methods {
		if c.match(method, path) != "" {
			allowed = append(allowed, method)
		}
	}
	return nil, allowed
}

func (c *Validator) match(method, path string) string {
	rctx := chi.NewRouteContext()
	if !c.router.Match(rctx, method, path) {
		return ""
	}
	return strings.TrimSuffix(rctx.RoutePattern(), "/")
}

// routedPath is the path that chi routes by.
func routedPath(r *http.Request) string {
	if r.URL.RawPath != "" {
		return r.URL.RawPath
	}
	return r.URL.Path
}
