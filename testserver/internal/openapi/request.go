package openapi

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/body"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

type bodyKey struct{}

// Body returns the validated body of a request that CheckRequest passed: maps,
// slices, strings, booleans, numbers (int64 where they are whole) and nil. It
// returns nil where the operation takes no body.
func Body(ctx context.Context) any { return ctx.Value(bodyKey{}) }

// CheckRequest refuses a request that the document does not allow, with a
// *problem.Error that repeats no value of it. The request that it returns has
// its body read: handlers get the value that was validated.
func (o *Operation) CheckRequest(r *http.Request) (*http.Request, error) {
	if err := o.checkParameters(r); err != nil {
		return nil, err
	}
	if len(o.bodies) == 0 {
		return r, nil
	}
	schema, err := o.bodySchema(r)
	if err != nil {
		return nil, err
	}
	data, err := body.Read(r, body.Limit)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 && o.needsBody {
		return nil, problem.InvalidRequest("The request needs a body.")
	}
	value, err := decode(data)
	if err != nil {
		return nil, err
	}
	if err := schema.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsRequest()); err != nil {
		return nil, problem.InvalidFields(fieldErrors(err))
	}
	r = r.WithContext(context.WithValue(r.Context(), bodyKey{}, value))
	r.Body = &checkedBody{Reader: strings.NewReader(string(data)), value: value}
	return r, nil
}

// checkedBody lets the generated handlers bind what was validated
// (github.com/oapi-codegen/runtime.BindJSONBody).
type checkedBody struct {
	io.Reader
	value any
}

func (b *checkedBody) ValidatedValue() any { return b.value }
func (b *checkedBody) Close() error        { return nil }

func (o *Operation) bodySchema(r *http.Request) (*openapi3.Schema, error) {
	mediaType, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset, ok := params["charset"]
	if schema := o.bodies[mediaType]; err == nil && schema != nil && (!ok || strings.EqualFold(charset, "utf-8")) {
		return schema, nil
	}
	return nil, problem.UnsupportedMediaType(o.Method, o.mediaTypes)
}

// checkParameters looks at query and headers. A path parameter is an id, which
// is looked up.
func (o *Operation) checkParameters(r *http.Request) error {
	var fields []problem.Field
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return problem.InvalidRequest("The query string is not well-formed.")
	}
	for name, values := range query {
		p := o.parameters[name]
		switch {
		case p == nil:
			fields = append(fields, problem.Field{Pointer: shorten(name), Detail: "is not a parameter of this operation"})
		case len(values) > 1:
			fields = append(fields, problem.Field{Pointer: name, Detail: "must be given once"})
		case values[0] == "":
			fields = append(fields, problem.Field{Pointer: name, Detail: "must not be empty"})
		case !validation.IsText(values[0]):
			fields = append(fields, problem.Field{Pointer: name, Detail: "must be UTF-8 without NUL"})
		}
	}
	if len(fields) > 0 {
		return problem.InvalidFields(sorted(fields))
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r, QueryParams: query, Route: o.route,
		Options: &openapi3filter.Options{SkipSettingDefaults: true, MultiError: true},
	}
	for name := range query {
		fields = append(fields, parameterErrors(r.Context(), input, o.parameters[name])...)
	}
	for _, p := range o.headers {
		if _, sent := r.Header[http.CanonicalHeaderKey(p.Name)]; sent || p.Required {
			fields = append(fields, parameterErrors(r.Context(), input, p)...)
		}
	}
	if len(fields) > 0 {
		return problem.InvalidFields(sorted(fields))
	}
	return nil
}

func parameterErrors(ctx context.Context, input *openapi3filter.RequestValidationInput, p *openapi3.Parameter) []problem.Field {
	if p.In == openapi3.ParameterInHeader && len(input.Request.Header.Values(p.Name)) > 1 {
		return []problem.Field{{Pointer: p.Name, Detail: "must be given once"}}
	}
	err := openapi3filter.ValidateParameter(ctx, input, p)
	if err == nil {
		return nil
	}
	var requestError *openapi3filter.RequestError
	if !errors.As(err, &requestError) {
		return []problem.Field{{Pointer: p.Name, Detail: "is not valid"}}
	}
	var parseError *openapi3filter.ParseError
	switch inner := requestError.Err; {
	case errors.Is(inner, openapi3filter.ErrInvalidRequired):
		return []problem.Field{{Pointer: p.Name, Detail: "is required"}}
	case errors.Is(inner, openapi3filter.ErrInvalidEmptyValue):
		return []problem.Field{{Pointer: p.Name, Detail: "must not be empty"}}
	case errors.As(inner, &parseError):
		return []problem.Field{{Pointer: p.Name, Detail: typeDetail(p.Schema.Value)}}
	default:
		detail := "is not valid"
		if found := fieldErrors(inner); len(found) > 0 {
			detail = found[0].Detail
		}
		return []problem.Field{{Pointer: p.Name, Detail: detail}}
	}
}
