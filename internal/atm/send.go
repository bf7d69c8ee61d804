package atm

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// defaultTimeout bounds operations that have no timeout of their own: data sources, lists, actions and the sign-in.
const defaultTimeout = 2 * time.Minute

// maxBody bounds what is read of a response: a page of 500 applications with 50 long URLs each stays below.
const maxBody = 64 << 20

// response is what came back, read whole: a connection that breaks inside a body counts as no response.
type response struct {
	status int
	header http.Header
	body   []byte
}

// send sends the request until its outcome is known, as far as its policy and the operation's time allow: it signs
// in, waits for its turn, sends, judges the response, and repeats or returns. Errors are [*ProblemError] and
// [*OAuthError] (ATM refused), [*UnexpectedResponseError] (the response is not one that the contract defines),
// [*RequestError] (no response, or ATM cannot act now) and [*SignInError]. unknown reports, beside an error, whether
// ATM may have acted on an attempt.
func (c *Client) send(ctx context.Context, r *request) (resp *response, unknown bool, err error) {
	if r.err != nil {
		return nil, false, fmt.Errorf("%s: building the request: %w", r.name, r.err)
	}
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, defaultTimeout, fmt.Errorf("the operation took longer than %s", defaultTimeout))
		defer cancel()
	}
	if r.writes() {
		c.loaders.discard()
		defer c.loaders.discard()
	}
	x := c.newExchange(r)
	for {
		a := c.attempt(ctx, r, x)
		if a.result == succeeded {
			return a.resp, false, nil
		}
		wait, again := x.next(ctx, a)
		if r.progress != nil {
			r.progress(x.last)
		}
		if !again {
			return a.resp, x.unknown, x.end(ctx, a)
		}
		if err := sleep(ctx, wait); err != nil {
			return a.resp, x.unknown, x.end(ctx, a)
		}
	}
}

// attempt sends the request once: it signs in or gets an assertion, waits for its turn, sends, and judges what comes back.
func (c *Client) attempt(ctx context.Context, r *request, x *exchange) attempt {
	token := ""
	if !r.anonymous {
		var err error
		if token, err = c.tokens.token(ctx, x.refused, x.refusals); err != nil {
			return attempt{result: tokenResult(err), err: err}
		}
	}
	if r.prepare != nil {
		secret, err := r.prepare(ctx)
		if err != nil {
			return attempt{result: final, err: err}
		}
		x.redact.learn(secret)
	}
	release, err := c.pace.acquire(ctx)
	if err != nil {
		return attempt{result: ended, err: err}
	}
	x.attempts++
	if r.progress != nil && x.last == nil {
		r.progress(x.failure(attempt{result: ended, err: errors.New("no response yet")}))
	}
	began := time.Now()
	resp, sent, err := c.roundTrip(ctx, r, token, x.RequestID)
	release()
	if err != nil {
		err = c.explain(x.redact.error(err))
	}
	x.log(ctx, resp, err, time.Since(began))
	if err != nil {
		return attempt{result: failedResult(err), err: err, unknown: sent}
	}
	c.pace.heed(resp)
	x.Status = resp.status
	if id := resp.header.Get("X-Request-Id"); id != "" && id != x.RequestID {
		x.RequestID = x.clean(id)
	}
	if resp.status == http.StatusUnauthorized && !r.anonymous {
		return x.unauthorized(resp, token)
	}
	if !r.anonymous {
		c.tokens.accepted(token)
	}
	return judge(r, resp, x.clean)
}

// roundTrip sends the request and reads the response whole, within request_timeout. sent reports, beside an error,
// whether the request's header was written, so that ATM may have acted. It logs neither headers nor bodies: they
// contain tokens and secrets.
func (c *Client) roundTrip(ctx context.Context, r *request, token, requestID string) (resp *response, sent bool, err error) {
	limited, cancel := context.WithTimeoutCause(ctx, c.requestTimeout, &timeoutError{c.requestTimeout})
	defer cancel()
	var wrote atomic.Bool
	traced := httptrace.WithClientTrace(limited, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	out, err := http.NewRequestWithContext(traced, r.method, c.base.String()+r.path, bytes.NewReader(r.body))
	if err != nil {
		return nil, false, err
	}
	out.URL.RawQuery = r.query.Encode()
	out.Header = r.header.Clone()
	for name, values := range c.headers {
		out.Header[name] = values
	}
	out.Header.Set("User-Agent", c.userAgent)
	out.Header.Set("Accept", "application/json, application/problem+json")
	out.Header.Set("X-Request-Id", requestID)
	if token != "" {
		out.Header.Set("Authorization", "Bearer "+token)
	}
	got, err := c.transport.RoundTrip(out)
	if err == nil {
		resp = &response{status: got.StatusCode, header: got.Header}
		resp.body, err = io.ReadAll(io.LimitReader(got.Body, maxBody+1))
		_ = got.Body.Close() // what was read decides; a close error after it says nothing more
	}
	if err != nil && limited.Err() != nil {
		err = context.Cause(limited)
	}
	if err != nil {
		return nil, wrote.Load(), err
	}
	return resp, true, nil
}

// result is how an attempt ended.
type result int

const (
	succeeded  result = iota
	final             // ATM decided, or the sign-in did: repeating the request changes nothing
	limited           // ATM asks to wait (429, or 503 with Retry-After): as long as the operation's time allows
	transient         // no response, a response that was cut, or an error of the server: may pass
	unexpected        // a response that is not one of the contract's, from ATM or another server
	rejected          // the first 401 of the request: sent again at once, with a new token where there is one
	ended             // the operation's time is over, or will be before ATM takes another request
)

// attempt is one attempt's result, with the error that the request would end with.
type attempt struct {
	result  result
	resp    *response
	err     error
	unknown bool // ATM may have acted
}

// judge decides what a response is.
func judge(r *request, resp *response, clean func(string) string) attempt {
	a := attempt{resp: resp, unknown: true}
	refusal := r.refusal(resp, clean)
	switch {
	case slices.Contains(r.success, resp.status):
		if err := r.check(resp); err != nil {
			a.result, a.err = transient, &unexpectedError{fmt.Sprintf("status %d, but %v", resp.status, err)}
		}
	case r.optional && missingEndpoint(resp.status):
		a.result, a.err = final, cmp.Or(refusal, notTheContracts(resp))
	case resp.status == http.StatusTooManyRequests:
		a.result, a.err, a.unknown = limited, cmp.Or(refusal, fmt.Errorf("ATM asks to slow down (429)")), false
	case resp.status == http.StatusServiceUnavailable && resp.header.Get("Retry-After") != "":
		a.result, a.err = limited, cmp.Or(refusal, notTheContracts(resp))
	case resp.status == http.StatusRequestTimeout, resp.status >= 500 && resp.status != http.StatusNotImplemented:
		a.result, a.err = transient, cmp.Or(refusal, notTheContracts(resp))
	case refusal != nil:
		a.result, a.err, a.unknown = final, refusal, false
	default:
		a.result, a.err = unexpected, notTheContracts(resp)
	}
	return a
}

// check reports what keeps a response with one of the request's statuses from being ATM's success.
func (r *request) check(resp *response) error {
	if len(resp.body) > maxBody {
		return fmt.Errorf("the body is larger than %d MiB", maxBody>>20)
	}
	if resp.status == http.StatusNoContent || r.accept == nil {
		return nil
	}
	if len(resp.body) == 0 {
		return errors.New("the body is empty")
	}
	if kind, _, _ := mime.ParseMediaType(resp.header.Get("Content-Type")); kind != "" && kind != typeJSON && !strings.HasSuffix(kind, "+json") {
		return fmt.Errorf("the content type is %s instead of JSON", kind)
	}
	return r.accept(resp.body)
}

// missingEndpoint knows the statuses of an endpoint that a server does not have.
func missingEndpoint(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented
}

// newExchange begins the requests's state over all its attempts.
func (c *Client) newExchange(r *request) *exchange {
	return &exchange{
		Exchange: Exchange{Operation: r.name, Method: r.method, URL: c.base.String() + r.path, RequestID: rand.Text()},
		request:  r, client: c, redact: c.redact.with(append(r.secrets, r.header.Get("Idempotency-Key"))...), start: time.Now(),
	}
}

func (x *exchange) log(ctx context.Context, resp *response, err error, took time.Duration) {
	fields := map[string]any{
		"method": x.Method, "path": x.request.path, "request_id": x.RequestID,
		"attempt": x.attempts, "duration_ms": took.Milliseconds(),
	}
	if err != nil {
		fields["error"] = err.Error()
		tflog.Debug(ctx, "ATM gave no response", fields)
		return
	}
	fields["status"] = resp.status
	tflog.Debug(ctx, "ATM responded", fields)
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tokenResult tells a credential that does not work from the end of the operation's time.
func tokenResult(err error) result {
	var signIn *SignInError
	if errors.As(err, &signIn) {
		return final
	}
	return ended
}
