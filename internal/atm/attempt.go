package atm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// maxBody bounds what is read of an answer: a page of 500 applications with
// 50 long URLs each stays below.
const maxBody = 64 << 20

// attempt sends one request once: it adds what every request carries, bounds
// the time, and reads the answer whole, so that a connection that breaks
// inside a body counts as no answer and can be repeated.
type attempt struct {
	next      http.RoundTripper
	timeout   time.Duration
	headers   http.Header
	userAgent string
	// explain adds the settings that can be wrong to an error of the transport.
	explain func(error) error
}

// RoundTrip logs neither headers nor bodies: they hold tokens and secrets.
func (a *attempt) RoundTrip(req *http.Request) (*http.Response, error) {
	trail := trailOf(req.Context())
	ctx, cancel := context.WithTimeout(req.Context(), a.timeout)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { trail.sent.Store(true) },
	})

	out := req.Clone(ctx)
	for name, values := range a.headers {
		out.Header[name] = values
	}
	out.Header.Set("User-Agent", a.userAgent)
	out.Header.Set("Accept", "application/json, application/problem+json")
	out.Header.Set("X-Request-Id", trail.requestID)

	start := time.Now()
	resp, err := a.send(out)
	if err != nil && ctx.Err() != nil && req.Context().Err() == nil {
		err = &timeoutError{a.timeout}
	}
	fields := map[string]any{
		"method": req.Method, "path": req.URL.Path, "request_id": trail.requestID,
		"attempt": trail.attempts.Load() + 1, "duration_ms": time.Since(start).Milliseconds(),
	}
	if err != nil {
		fields["error"] = err.Error()
		tflog.Debug(req.Context(), "ATM gave no answer", fields)
		return nil, err
	}
	fields["status"] = resp.StatusCode
	tflog.Debug(req.Context(), "ATM answered", fields)
	return resp, nil
}

func (a *attempt) send(req *http.Request) (*http.Response, error) {
	resp, err := a.next.RoundTrip(req)
	if err != nil {
		return nil, a.explain(err)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	_ = resp.Body.Close() // what was read decides; a close error after it says nothing more
	if err != nil {
		return nil, fmt.Errorf("the answer broke off: %w", err)
	}
	if len(body) > maxBody {
		return nil, &garbledError{fmt.Sprintf("an answer of more than %d MiB", maxBody>>20)}
	}
	if err := checkSuccess(resp, body); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// checkSuccess finds the success that is none: a page of a proxy or of
// another service, or JSON that was cut by something that closed it properly.
func checkSuccess(resp *http.Response, body []byte) error {
	if resp.StatusCode < 200 || resp.StatusCode > 299 || resp.StatusCode == http.StatusNoContent || len(body) == 0 {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != "" && kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return &garbledError{fmt.Sprintf("status %d with content of type %s instead of JSON", resp.StatusCode, kind)}
	}
	if !json.Valid(body) {
		return &garbledError{fmt.Sprintf("status %d with a body that is not JSON", resp.StatusCode)}
	}
	return nil
}

// garbledError is an answer that cannot have come whole from an ATM.
type garbledError struct{ what string }

func (e *garbledError) Error() string {
	return "the answer is not ATM's: " + e.what + ". Is endpoint the base URL of an ATM, and does no proxy or gateway stand in for it?"
}

// timeoutError is the end of one attempt, not of the operation.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string {
	return fmt.Sprintf("no answer within request_timeout (%s)", e.after)
}
