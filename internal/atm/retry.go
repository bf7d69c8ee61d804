package atm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// repeat says how often a request may be sent again.
type repeat int

const (
	// The zero value: the request is safe to repeat (a read, a write under an
	// etag or an Idempotency-Key), up to MaxRetries.
	_ repeat = iota
	// repeatUntilKnown: a create. As long as ATM cannot have acted it is
	// bounded like the others; once it may have, giving up would leave an
	// object that nobody knows, so it goes on until the context ends.
	repeatUntilKnown
	// repeatNever: a second time would do harm (a refresh token is used once).
	repeatNever
)

// trail is what is known of one request over all its attempts.
type trail struct {
	requestID string
	repeat    repeat
	anonymous bool
	start     time.Time

	attempts atomic.Int32
	sent     atomic.Bool // this attempt's headers were written

	// Only the goroutine that waits for the request touches these.
	ambiguous bool  // an attempt may have been acted on and its answer is not known
	last      error // why the last attempt was no answer
}

type trailKey struct{}

func withTrail(ctx context.Context, t *trail) context.Context {
	return context.WithValue(ctx, trailKey{}, t)
}

func trailOf(ctx context.Context) *trail {
	if t, ok := ctx.Value(trailKey{}).(*trail); ok {
		return t
	}
	return &trail{}
}

// newRetrier wraps transport in go-retryablehttp; what is repeated, how often
// and after what wait is decided here, per request.
func newRetrier(transport http.RoundTripper, maxRetries int, firstWait time.Duration) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: transport,
			// The bearer token and the gateway's headers must not follow a redirect to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryWaitMin: firstWait,
		RetryWaitMax: 20 * time.Second,
		RetryMax:     1 << 30, // checkRetry counts
		CheckRetry: func(ctx context.Context, resp *http.Response, err error) (bool, error) {
			return checkRetry(ctx, resp, err, maxRetries), nil
		},
		Backoff:      backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

func checkRetry(ctx context.Context, resp *http.Response, err error, maxRetries int) bool {
	t := trailOf(ctx)
	attempts := int(t.attempts.Add(1))
	sent := t.sent.Swap(false)

	again, outcomeUnknown := false, false
	switch {
	case err != nil:
		var named *url.Error
		if errors.As(err, &named) {
			err = named.Err // the error of the operation names method and URL once
		}
		if ctx.Err() == nil || t.last == nil {
			t.last = err
		}
		again = transient(err)
		outcomeUnknown = sent
	case resp.StatusCode == http.StatusTooManyRequests:
		again = true
	case resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented:
		again, outcomeUnknown = true, true
	}
	if again && resp != nil {
		t.last = fmt.Errorf("ATM answered %d", resp.StatusCode)
	}
	t.ambiguous = t.ambiguous || outcomeUnknown

	switch {
	case !again || ctx.Err() != nil || t.repeat == repeatNever:
		return false
	case t.repeat == repeatUntilKnown && t.ambiguous:
		return waitFits(ctx, resp)
	default:
		return attempts <= maxRetries && waitFits(ctx, resp)
	}
}

// waitFits reports whether what the answer asks to wait ends before the
// operation does: waiting in vain would only hide the answer.
func waitFits(ctx context.Context, resp *http.Response) bool {
	if resp == nil {
		return true
	}
	wait, ok := retryAfter(resp.Header)
	deadline, bounded := ctx.Deadline()
	return !ok || !bounded || time.Now().Add(wait).Before(deadline)
}

// transient reports whether err may go away by itself.
func transient(err error) bool {
	var (
		wait     *waitError
		signIn   *SignInError
		verify   *tls.CertificateVerificationError
		operator *net.OpError
		proxy    *proxyRefusedError
	)
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &proxy) && proxy.status < 500:
		return false
	case errors.As(err, &wait), errors.As(err, &signIn), errors.As(err, &verify):
		return false
	case errors.As(err, &operator) && operator.Op == "remote error":
		// A TLS alert: the server refuses our certificate, or wants one.
		return false
	}
	var record tls.RecordHeaderError
	return !errors.As(err, &record)
}

// backoff is exponential with full jitter in its upper half, and what ATM
// asks for where it asks; even a Retry-After of 0 waits a first time, so that
// nobody is hammered on.
func backoff(first, longest time.Duration, attempt int, resp *http.Response) time.Duration {
	if resp != nil {
		if wait, ok := retryAfter(resp.Header); ok {
			return max(wait, jitter(first))
		}
	}
	wait := longest
	if attempt < 16 {
		wait = min(first<<attempt, longest)
	}
	return jitter(wait)
}

func jitter(wait time.Duration) time.Duration { return wait/2 + rand.N(wait/2+1) }

// retryAfter reads Retry-After in both forms of RFC 9110 §10.2.3.
func retryAfter(header http.Header) (time.Duration, bool) {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at)), true
	}
	return 0, false
}

// story tells what happened, for the end of an error message.
func (t *trail) story() string {
	attempts := t.attempts.Load()
	if attempts <= 1 {
		return "request id " + t.requestID
	}
	return fmt.Sprintf("request id %s, %d attempts in %s", t.requestID, attempts, time.Since(t.start).Round(100*time.Millisecond))
}
