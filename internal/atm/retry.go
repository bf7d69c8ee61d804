package atm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

// exchange is the state of one request over all its attempts.
type exchange struct {
	Exchange
	client  *Client
	request *request
	redact  *redactor // knows the secrets of this request too
	start   time.Time

	// refused is the token of the last 401, refusals counts the 401s since ATM took a token.
	refused  string
	refusals int
	// failures counts the attempts that max_retries bounds, limits those that ATM asked to wait after.
	failures, limits int
	// unknown is true once ATM may have acted on an attempt whose outcome is not known.
	unknown bool
	// last is what the request would have ended with after the last attempt.
	last error
	// tooLong replaces the hint of an error where a wait would have outlasted the operation.
	tooLong  string
	attempts int
}

// next decides whether the request is sent again, and after what wait.
func (x *exchange) next(ctx context.Context, a attempt) (wait time.Duration, again bool) {
	x.unknown = x.unknown || a.unknown
	if over := a.result == ended || ctx.Err() != nil && a.resp == nil; !over || x.last == nil {
		x.last = x.failure(a) // the end of the operation says less than what its attempts met
	}
	switch {
	case a.result == final, a.result == ended, ctx.Err() != nil, x.request.policy == neverRepeat:
		return 0, false
	case a.result == rejected:
		return jitter(x.client.retryWait), true
	case a.result == limited:
		x.limits++
		// The pace of all requests is slower now: a longer backoff on top would only make some of them starve.
		wait = backoff(x.client.retryWait, min(x.limits, 4), a.resp)
	default:
		x.failures++
		persists := x.request.policy == repeatUntilKnown && x.unknown && a.result == transient
		if !persists && x.failures > x.client.maxRetries {
			return 0, false
		}
		wait = backoff(x.client.retryWait, x.failures, a.resp)
	}
	if asked, ok := askedWait(a.resp); ok && asked > 0 && !fits(ctx, asked) {
		// Waiting in vain would only hide the response.
		x.tooLong = fmt.Sprintf("ATM asks to wait %s (Retry-After), which is longer than the operation's remaining time. Apply again later, or raise the operation's timeout.",
			asked.Round(time.Second))
		return 0, false
	}
	return wait, true
}

// unauthorized notes a 401: ATM did not act. The request is sent once more, with a new token where there is one.
func (x *exchange) unauthorized(resp *response, token string) attempt {
	x.refused = token
	x.refusals++
	return attempt{result: rejected, resp: resp, err: errors.New("ATM refused the access token (401)")}
}

// failedResult reports whether an error of the transport may pass.
func failedResult(err error) result {
	var (
		verify *tls.CertificateVerificationError
		record tls.RecordHeaderError
		remote *net.OpError
		proxy  *proxyRefusedError
	)
	switch {
	case errors.As(err, &verify), errors.As(err, &record), errors.As(err, &proxy) && proxy.status < 500:
		return final
	case errors.As(err, &remote) && remote.Op == "remote error":
		// A TLS alert: the server refuses our certificate, or wants one.
		return final
	}
	return transient
}

// backoff is the wait after the nth failure: exponential with jitter in its upper half, or what the response asks
// for. Even a Retry-After of 0 waits a first time.
func backoff(first time.Duration, n int, resp *response) time.Duration {
	if wait, ok := askedWait(resp); ok {
		return max(wait, jitter(first))
	}
	const longest = 20 * time.Second
	if n > 16 {
		return jitter(longest)
	}
	return jitter(min(first<<(n-1), longest))
}

// askedWait is the wait that a response asks for, if there is a response and it does.
func askedWait(resp *response) (time.Duration, bool) {
	if resp == nil {
		return 0, false
	}
	return retryAfter(resp.header)
}

// fits reports whether a wait ends before the operation's time does.
func fits(ctx context.Context, wait time.Duration) bool {
	deadline, bounded := ctx.Deadline()
	return !bounded || time.Now().Add(wait).Before(deadline)
}

func jitter(wait time.Duration) time.Duration { return wait/2 + rand.N(wait/2+1) }

// retryAfter reads Retry-After in both forms of RFC 9110 §10.2.3.
func retryAfter(header http.Header) (time.Duration, bool) {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(0, time.Until(at)), maxRetryAfter), true
	}
	return 0, false
}

// maxRetryAfter keeps a large number from overflowing; it is beyond every operation's timeout.
const maxRetryAfter = 30 * 24 * time.Hour

// timeoutError is the end of one attempt, not of the operation.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string {
	return fmt.Sprintf("no response within request_timeout (%s)", e.after)
}
