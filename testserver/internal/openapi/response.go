package openapi

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/go-chi/chi/v5/middleware"
)

// CheckResponses wraps a server for tests: it checks every response to an
// operation of the document before it is sent, and calls report for one that the
// document does not describe. Paths under /api/v1 that are not in the document
// must get 404 or 405; other unknown paths (such as the console) are not checked.
//
// A documented response is sent when it is complete, so that report has been
// called before the client goes on. A handler that aborts the connection
// aborts it here as well.
func (c *Validator) CheckResponses(next http.Handler, report func(error)) http.Handler {
	registerDecoders()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op, _ := c.Find(r)
		if op == nil && !strings.HasPrefix(r.URL.Path, "/api/v1") || r.Method == http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		kept := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		var content bytes.Buffer
		kept.Discard()
		kept.Tee(&content)
		next.ServeHTTP(kept, r)
		status := cmp.Or(kept.Status(), http.StatusOK)
		if err := c.checkResponse(op, r, status, w.Header(), content.Bytes()); err != nil {
			report(fmt.Errorf("%s %s responds with %d: %w", r.Method, r.URL.Path, status, err))
		}
		w.WriteHeader(status)
		_, _ = w.Write(content.Bytes())
	})
}

func (c *Validator) checkResponse(op *Operation, r *http.Request, status int, header http.Header, content []byte) error {
	if header.Get("X-Request-Id") == "" {
		return fmt.Errorf("the response has no X-Request-Id")
	}
	if op == nil {
		if status != http.StatusNotFound && status != http.StatusMethodNotAllowed {
			return fmt.Errorf("the document has no such operation")
		}
		op = c.anyOperation()
	}
	if err := noStrayBody(op, status, content); err != nil {
		return err
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: op.route},
		Status:                 status,
		Header:                 header,
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	input.SetBodyBytes(content)
	// A test server's response in a test is no secret: kin-openapi's own message
	// contains the value, which helps.
	return openapi3filter.ValidateResponse(context.WithoutCancel(r.Context()), input)
}

// anyOperation represents a path that is not in the document: its problem
// document is described by every operation of the management API.
func (c *Validator) anyOperation() *Operation {
	for _, op := range c.operations {
		if strings.HasPrefix(op.Pattern, "/api/v1/") {
			return op
		}
	}
	return nil
}

// noStrayBody finds a body where the document describes none; kin-openapi does
// not look at it.
func noStrayBody(op *Operation, status int, content []byte) error {
	response := op.route.Operation.Responses.Status(status)
	if response != nil && len(response.Value.Content) == 0 && len(content) > 0 {
		return fmt.Errorf("the document describes no body for this status, and the response has %d bytes", len(content))
	}
	return nil
}

var registerDecoders = sync.OnceFunc(func() {
	text := func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		data, err := io.ReadAll(body)
		return string(data), err
	}
	openapi3filter.RegisterBodyDecoder("text/html", text)
})
