package atm

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// run takes requests through the pace and a gateway that takes perSecond of them a second without a reserve and returns
// 429 without Retry-After to the rest, ten at a time as Terraform does. It returns how many were refused.
func run(t *testing.T, p *pace, perSecond float64, requests int) (refused int) {
	t.Helper()
	gateway := rate.NewLimiter(rate.Limit(perSecond), 1)
	var (
		group sync.WaitGroup
		mu    sync.Mutex
	)
	work := make(chan struct{})
	for range 10 {
		group.Go(func() {
			for range work {
				for n := 1; ; n++ {
					release, err := p.acquire(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					resp := &response{status: http.StatusOK}
					if !gateway.Allow() {
						resp.status = http.StatusTooManyRequests
					}
					time.Sleep(5 * time.Millisecond)
					p.heed(resp)
					release()
					if resp.status == http.StatusOK {
						break
					}
					mu.Lock()
					refused++
					mu.Unlock()
					time.Sleep(backoff(500*time.Millisecond, min(n, 4), resp))
				}
			}
		})
	}
	for range requests {
		work <- struct{}{}
	}
	close(work)
	group.Wait()
	return refused
}

// The requests of a process slow down together: a gateway that takes few of them refuses few, and the whole takes
// little longer than it must.
func TestPace_AdaptsToAGateway(t *testing.T) {
	t.Parallel()
	for _, perSecond := range []float64{2, 5, 40} {
		synctest.Test(t, func(t *testing.T) {
			const requests = 241
			start := time.Now()
			refused := run(t, newPace(32, 0), perSecond, requests)
			took, least := time.Since(start), time.Duration(requests/perSecond*float64(time.Second))
			t.Logf("%d requests at %g a second: %s of at least %s, %d refused", requests, perSecond, took, least, refused)
			if took > 5*least/4+10*time.Second || refused > requests/4 {
				t.Errorf("%d requests at %g a second took %s of at least %s, and %d were refused", requests, perSecond, took, least, refused)
			}
		})
	}
}

func TestPace_SpeedsUpAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(32, 0)
		p.heed(&response{status: http.StatusTooManyRequests})
		if limit := p.limiter.Limit(); limit > firstRate {
			t.Fatalf("after a 429: %v requests a second, want at most %d", limit, firstRate)
		}
		time.Sleep(time.Minute)
		if release, err := p.acquire(context.Background()); err != nil {
			t.Fatal(err)
		} else {
			release()
		}
		if limit := p.limiter.Limit(); limit != rate.Inf {
			t.Errorf("a minute after the last 429: %v requests a second, want no limit", limit)
		}
	})
}

// max_requests_per_second stays the upper bound.
func TestPace_KeepsItsCeiling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(32, 3)
		for range 3 {
			p.heed(&response{status: http.StatusTooManyRequests})
			time.Sleep(2 * time.Second)
		}
		slow := p.limiter.Limit()
		time.Sleep(time.Minute)
		p.raise(time.Now())
		if slow >= 3 || p.limiter.Limit() != 3 {
			t.Errorf("%v a second after three 429s and %v after a minute, want less than 3, then 3", slow, p.limiter.Limit())
		}
	})
}
