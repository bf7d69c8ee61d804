package atm

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace is the one budget of a client: how many requests are under way, how many start in a second, and until when none
// may start because ATM asked to wait. Every attempt passes it, repetitions and sign-ins too.
//
// A 429 slows all requests down; every second without another one speeds them up again. Without that, each request would
// find out on its own how long to wait, and the unlucky ones would not be done before their timeouts.
type pace struct {
	slots chan struct{}
	// head holds the request that waits for the limiter. The others wait for it, because the limiter fixes the time of a
	// turn when it is asked: turns fixed at a low rate and at a higher one after it would come at the same time.
	head    chan struct{}
	limiter *rate.Limiter
	// ceiling is max_requests_per_second, or no limit.
	ceiling rate.Limit

	mu     sync.Mutex
	closed time.Time // no request starts before
	slowed time.Time // when a 429 last lowered the rate,
	near   bool      // to what ATM takes: it was not the first 429
	raised time.Time // when the rate was last raised
}

// Rates are in requests a second. The first 429 sets the rate to firstRate, the following ones lower it, at most one a
// second: what was under way then says nothing new. Each second without one raises it: slowly at first, since ATM's limit
// is near, and then fast. From fastest on there is no limit.
const (
	firstRate = 10
	slowest   = 0.5
	fastest   = 500
	lower     = 0.7
	fast      = 1.25
	careful   = 1.02

	carefulTime = 15 * time.Second
)

func newPace(concurrency int, perSecond float64) *pace {
	p := &pace{slots: make(chan struct{}, concurrency), head: make(chan struct{}, 1), ceiling: rate.Inf}
	if perSecond > 0 {
		p.ceiling = rate.Limit(perSecond)
	}
	// A burst of one: a tenant's limit is not met by spending two seconds' worth in the first.
	p.limiter = rate.NewLimiter(p.ceiling, 1)
	return p
}

// acquire waits for the request's turn. Who got one calls release when the response is there.
func (p *pace) acquire(ctx context.Context) (release func(), err error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	release = func() { <-p.slots }
	if err = p.open(ctx); err == nil {
		err = p.turn(ctx)
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// turn waits until the rate allows another request.
func (p *pace) turn(ctx context.Context) error {
	select {
	case p.head <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-p.head }()
	p.raise(time.Now())
	if err := p.limiter.Wait(ctx); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return fmt.Errorf("the provider sends at most %.3g requests a second now, and the operation's time would be over before its turn", float64(p.limiter.Limit()))
	}
	return nil
}

// heed learns from a response.
func (p *pace) heed(resp *response) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	wait, asked := quotaReset(resp.header)
	if resp.status == http.StatusTooManyRequests {
		if after, given := retryAfter(resp.header); given {
			wait, asked = after, true
		}
		p.slowDown(now)
	}
	if until := now.Add(wait); asked && until.After(p.closed) {
		p.closed = until
	}
}

// slowDown lowers the rate after a 429.
func (p *pace) slowDown(now time.Time) {
	if now.Sub(p.slowed) < time.Second {
		return
	}
	limit := p.limiter.Limit()
	p.near = limit <= firstRate
	p.limiter.SetLimitAt(now, min(max(min(limit, firstRate/lower)*lower, slowest), p.ceiling))
	p.slowed, p.raised = now, now
}

// raise speeds the requests up again.
func (p *pace) raise(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	limit := p.limiter.Limit()
	if limit >= p.ceiling {
		return
	}
	for ; now.Sub(p.raised) >= time.Second && limit < p.ceiling; p.raised = p.raised.Add(time.Second) {
		limit *= p.step()
		if limit > fastest {
			limit = p.ceiling
		}
	}
	p.limiter.SetLimitAt(now, min(limit, p.ceiling))
}

// step is by how much a second without a 429 raises the rate.
func (p *pace) step() rate.Limit {
	if p.near && p.raised.Sub(p.slowed) < carefulTime {
		return careful
	}
	return fast
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
			return fmt.Errorf("ATM asked for no further request in the next %s (Retry-After or RateLimit), which is longer than the operation's remaining time", wait.Round(time.Second))
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}
