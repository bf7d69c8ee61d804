package contract

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// CheckResponses wraps a server for tests: every response to an operation of
// the document is held against it before it is sent, and report is called for
// one that the document does not describe. Paths under /api/v1 that are not in
// the document may only be answered with 404 or 405; other unknown paths (the
// console, say) are none of the document's business.
//
// A documented response is sent when it is complete, so that report has been
// called before the client goes on. A handler that aborts the connection
// aborts it here as well.
func (c *Contract) CheckResponses(next http.Handler, report func(error)) http.Handler {
	registerDecoders()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op, _ := c.Find(r)
		if op == nil && !strings.HasPrefix(r.URL.Path, "/api/v1") || r.Method == http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		rec := &recorder{header: w.Header()}
		next.ServeHTTP(rec, r)
		if err := c.checkResponse(op, r, rec); err != nil {
			report(fmt.Errorf("%s %s answers %d: %w", r.Method, r.URL.Path, rec.code(), err))
		}
		w.WriteHeader(rec.code())
		_, _ = w.Write(rec.body.Bytes())
	})
}

func (c *Contract) checkResponse(op *Operation, r *http.Request, rec *recorder) error {
	if rec.header.Get("X-Request-Id") == "" {
		return fmt.Errorf("the response has no X-Request-Id")
	}
	if op == nil {
		if code := rec.code(); code != http.StatusNotFound && code != http.StatusMethodNotAllowed {
			return fmt.Errorf("the document has no such operation")
		}
		op = c.anyOperation()
	}
	if err := noStrayBody(op, rec); err != nil {
		return err
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: op.route},
		Status:                 rec.code(),
		Header:                 rec.header,
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	input.SetBodyBytes(rec.body.Bytes())
	// What a test server answers in a test is no secret: kin-openapi's own
	// message, with the value, is what helps.
	return openapi3filter.ValidateResponse(context.WithoutCancel(r.Context()), input)
}

// anyOperation stands for a path that is not in the document: its problem
// document is described by every operation of the management API.
func (c *Contract) anyOperation() *Operation {
	for _, op := range c.operations {
		if strings.HasPrefix(op.Pattern, "/api/v1/") {
			return op
		}
	}
	return nil
}

// noStrayBody finds a body where the document describes none; kin-openapi does
// not look at it.
func noStrayBody(op *Operation, rec *recorder) error {
	response := op.route.Operation.Responses.Status(rec.code())
	if response != nil && len(response.Value.Content) == 0 && rec.body.Len() > 0 {
		return fmt.Errorf("the document describes no body for this status, and %d bytes came", rec.body.Len())
	}
	return nil
}

// recorder keeps a response until it has been looked at. Header is the real
// one, which the server has not sent yet.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

var registerDecoders = sync.OnceFunc(func() {
	text := func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		data, err := io.ReadAll(body)
		return string(data), err
	}
	openapi3filter.RegisterBodyDecoder("text/html", text)
})
