package atm

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace is the one budget of a client: how many requests are under way, how
// many start in a second, and until when none may start because ATM answered
// 429 to any of them, or told that the quota is used up. Every attempt passes
// it, repetitions and sign-ins too.
type pace struct {
	next  http.RoundTripper
	slots chan struct{}
	limit *rate.Limiter

	mu     sync.Mutex
	closed time.Time
}

func newPace(next http.RoundTripper, concurrency int, perSecond float64) *pace {
	p := &pace{next: next, slots: make(chan struct{}, concurrency), limit: rate.NewLimiter(rate.Inf, 1)}
	if perSecond > 0 {
		// A burst of one: a tenant's limit is not met by spending two seconds' worth in the first.
		p.limit = rate.NewLimiter(rate.Limit(perSecond), 1)
	}
	return p
}

// RoundTrip waits for its turn.
func (p *pace) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, &waitError{context.Cause(ctx)}
	}
	if err := p.open(ctx); err != nil {
		return nil, &waitError{err}
	}
	if err := p.limit.Wait(ctx); err != nil {
		return nil, &waitError{err}
	}
	resp, err := p.next.RoundTrip(req)
	if err == nil {
		p.heed(resp)
	}
	return resp, err
}

// heed keeps all requests back where an answer asks for it: a 429, or one that says that it used the quota up.
func (p *pace) heed(resp *http.Response) {
	wait, ok := spent(resp.Header)
	if resp.StatusCode == http.StatusTooManyRequests {
		if asked, given := retryAfter(resp.Header); given {
			wait, ok = asked, true
		}
	}
	if ok {
		p.closeUntil(time.Now().Add(wait))
	}
}

// open waits until neither a 429 nor a quota that is used up keeps requests back.
func (p *pace) open(ctx context.Context) error {
	for {
		p.mu.Lock()
		until := p.closed
		p.mu.Unlock()
		wait := time.Until(until)
		if wait <= 0 {
			return nil
		}
		if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
			return fmt.Errorf("ATM asked for no further request in the next %s (Retry-After or RateLimit), which is beyond this operation's timeout", wait.Round(time.Second))
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

func (p *pace) closeUntil(t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.After(p.closed) {
		p.closed = t
	}
}

// waitError is an end of waiting before anything was sent.
type waitError struct{ err error }

func (e *waitError) Error() string { return e.err.Error() }
func (e *waitError) Unwrap() error { return e.err }
