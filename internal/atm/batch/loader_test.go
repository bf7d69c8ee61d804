package batch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/batch"
)

func TestLoader_ReadsThatComeOneByOneAreReadAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		atm := newTenant(1000)
		r := batch.NewLoader[int, int, object](atm.source())
		for id := range 1000 {
			o, err := r.Get(t.Context(), id, -1)
			if err != nil || o.id != id {
				t.Fatalf("object %d: %+v, %v", id, o, err)
			}
		}
		if atm.requests() > 4 {
			t.Errorf("1000 reads took %d requests, want at most 4 (twice the two pages)", atm.requests())
		}
	})
}

func TestLoader_WhatArrivesInFlightIsSentTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		atm := newTenant(100_000)
		r := batch.NewLoader[int, int, object](atm.source())
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				if _, err := r.Get(t.Context(), 99_000+i, -1); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		if atm.ones != 1 || !slices.Equal(atm.keysPerAsk, []int{9}) {
			t.Errorf("the first separately, then nine together: got %d separately and groups %v", atm.ones, atm.keysPerAsk)
		}
	})
}

// TestLoader_BurstCostsAtMostTwiceTheCheaper drives random batches through a reader and, at the same pace, through one
// that never lists.
func TestLoader_BurstCostsAtMostTwiceTheCheaper(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(seed, 1))
				total := []int{1, 40, 499, 500, 501, 1200, 6000}[rnd.IntN(7)]
				reads, workers := 1+rnd.IntN(total), []int{1, 2, 10, 256}[rnd.IntN(4)]
				ids := rnd.Perm(total)[:reads]
				if rnd.IntN(2) == 0 {
					slices.Sort(ids)
				}
				drive := func(atm *tenant, source source) {
					atm.latency = time.Duration(1+seed%50) * time.Millisecond
					for id := range total {
						if id%17 == 3 && seed%3 == 0 {
							delete(atm.objects, id) // deleted by others: requested, and in no response
							atm.latency = time.Millisecond
						}
					}
					read(t, batch.NewLoader[int, int, object](source), ids, workers)
				}
				ours, groups := newTenant(total), newTenant(total)
				drive(ours, ours.source())
				drive(groups, source{tenant: groups, noPages: true})
				bound := 2 * min(ours.pagesOf(-1), groups.ones+groups.manies)
				if ours.requests() > bound {
					t.Errorf("%d of %d objects by %d workers: %d requests (%d separate, %d groups, %d pages), bound %d",
						reads, total, workers, ours.requests(), ours.ones, ours.manies, ours.pages, bound)
				}
			})
		})
	}
}

func read(t *testing.T, r *batch.Loader[int, int, object], ids []int, workers int) {
	t.Helper()
	work := make(chan int)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for id := range work {
				o, err := r.Get(t.Context(), id, -1)
				if err != nil && !errors.Is(err, errAbsent) || err == nil && o.id != id {
					t.Errorf("object %d: %+v, %v", id, o, err)
				}
			}
		})
	}
	for _, id := range ids {
		work <- id
	}
	close(work)
	wg.Wait()
}

func TestLoader_ListedObjectIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		between func(*batch.Loader[int, int, object])
		id      int
		stale   bool
	}{
		"at once: it is used":         {between: func(*batch.Loader[int, int, object]) {}, id: 7, stale: true},
		"after a write":               {between: func(r *batch.Loader[int, int, object]) { r.Discard() }, id: 7},
		"after a quiet second":        {between: func(*batch.Loader[int, int, object]) { time.Sleep(batch.Idle + 1) }, id: 7},
		"written by ourselves":        {between: func(r *batch.Loader[int, int, object]) { r.Wrote(7) }, id: 7},
		"for the second time":         {between: func(r *batch.Loader[int, int, object]) { _, _ = r.Get(context.Background(), 7, -1) }, id: 7},
		"when it was read separately": {between: func(*batch.Loader[int, int, object]) {}, id: 0},
		"at its age": {id: 7, between: func(r *batch.Loader[int, int, object]) {
			for range 21 {
				time.Sleep(batch.MaxAge / 20)
				_, _ = r.Get(context.Background(), 3, -1)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				atm := newTenant(30)
				r := batch.NewLoader[int, int, object](atm.source())
				read(t, r, []int{0, 1}, 1) // one separately, then the page that holds the second and all others
				atm.mu.Lock()
				for id, o := range atm.objects {
					o.version++
					atm.objects[id] = o
				}
				atm.mu.Unlock()
				tc.between(r)
				o, err := r.Get(t.Context(), tc.id, -1)
				if err != nil {
					t.Fatal(err)
				}
				if got := o.version == 0; got != tc.stale {
					t.Errorf("served from what was listed: %t, want %t", got, tc.stale)
				}
			})
		})
	}
}

func TestLoader_PageUnderWayAtAWriteIsNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		atm := newTenant(30)
		r := batch.NewLoader[int, int, object](atm.source())
		atm.onPage = r.Discard
		read(t, r, []int{0, 1}, 1)
		atm.objects[7] = object{id: 7, version: 1}
		o, err := r.Get(t.Context(), 7, -1)
		if err != nil || o.version != 1 {
			t.Errorf("got %+v, %v from a page that was asked for before the write", o, err)
		}
	})
}

func TestLoader_AbsenceIsConfirmed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		atm := newTenant(30)
		delete(atm.objects, 9)
		r := batch.NewLoader[int, int, object](atm.source())
		read(t, r, []int{0, 1}, 1)
		if _, err := r.Get(t.Context(), 9, -1); !errors.Is(err, errAbsent) || atm.confirmations != 1 {
			t.Errorf("absent from the listing: error %v after %d confirmations, want the GET's own", err, atm.confirmations)
		}
		atm.objects[9] = object{id: 9}
		if _, err := r.Get(t.Context(), 9, -1); err != nil {
			t.Errorf("created since the listing: %v", err)
		}
	})
}

func TestLoader_ScopeNarrowsTheListingAndWidens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		atm := newTenant(3000)
		r := batch.NewLoader[int, int, object](atm.source())
		for id := 0; id < 1500; id += 3 {
			if _, err := r.Get(t.Context(), id, 0); err != nil {
				t.Fatal(err)
			}
		}
		if atm.pages != 1 || atm.ones != 1 {
			t.Errorf("500 reads of one project: %d pages and %d separate reads, want 1 and 1", atm.pages, atm.ones)
		}
		for id := range 3000 {
			if o, err := r.Get(t.Context(), id, id%3); err != nil || o.id != id {
				t.Fatalf("object %d: %+v, %v", id, o, err)
			}
		}
		if got, want := atm.requests(), 2*2+2*6; got > want {
			t.Errorf("then all of three projects: %d requests, want at most %d", got, want)
		}
	})
}

func TestLoader_ErrorReachesEveryWaiter(t *testing.T) {
	t.Parallel()
	boom := errors.New("500 (request id 42)")
	for name, tc := range map[string]struct {
		refusal error
		want    error
	}{
		"of the server: to all":           {refusal: boom, want: boom},
		"about one of them: each its own": {refusal: errRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				atm := newTenant(2000)
				atm.refusesMany, atm.refusesPages = tc.refusal, boom
				r := batch.NewLoader[int, int, object](atm.source())
				errs := make(chan error, 5)
				for i := range 5 {
					go func() {
						_, err := r.Get(t.Context(), 1900+i, -1)
						errs <- err
					}()
					synctest.Wait()
				}
				if err := <-errs; err != nil {
					t.Errorf("the first read, which is a request of its own, failed: %v", err)
				}
				for range 4 {
					if err := <-errs; !errors.Is(err, tc.want) {
						t.Errorf("got %v, want %v", err, tc.want)
					}
				}
			})
		})
	}
}

func TestLoader_CancelledWaiterDoesNotEndTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		atm := newTenant(30)
		r := batch.NewLoader[int, int, object](atm.source())
		impatient, cancel := context.WithCancel(t.Context())
		results := make(chan error, 2)
		go func() {
			_, err := r.Get(impatient, 5, -1)
			results <- err
		}()
		synctest.Wait()
		go func() {
			_, err := r.Get(t.Context(), 5, -1)
			results <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("the cancelled one: %v", err)
		}
		if err := <-results; err != nil {
			t.Errorf("the other: %v", err)
		}
	})
}

func TestLoader_LastWaiterCancelsTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		atm := newTenant(30)
		atm.latency = time.Hour
		r := batch.NewLoader[int, int, object](atm.source())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		if _, err := r.Get(ctx, 5, -1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
		synctest.Wait()
		if took := time.Since(begun); took > time.Second {
			t.Errorf("the request went on for %s", took)
		}
		if atm.ones != 0 {
			t.Error("the request completed although no caller waited")
		}
	})
}

// A waiter whose time is over leaves with what its request met until then; the request goes on as long as the most
// patient waiter does, and no longer.
func TestLoader_EachWaiterHasItsOwnDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		atm := newTenant(30)
		r := batch.NewLoader[int, int, object](atm.source())
		go func() { _, _ = r.Get(t.Context(), 1, -1) }() // the two below share the next request
		synctest.Wait()
		atm.mu.Lock()
		atm.latency = time.Hour
		atm.mu.Unlock()
		begun := time.Now()
		type result struct {
			err  error
			took time.Duration
		}
		results := make(chan result, 2)
		for _, patience := range []time.Duration{time.Second, 3 * time.Second} {
			go func() {
				ctx, cancel := context.WithTimeoutCause(t.Context(), patience, fmt.Errorf("timeouts.read (%s) is over", patience))
				defer cancel()
				_, err := r.Get(ctx, 5, -1)
				results <- result{err, time.Since(begun)}
			}()
			synctest.Wait()
		}
		for _, patience := range []time.Duration{time.Second, 3 * time.Second} {
			got := <-results
			if got.took != patience || !errors.Is(got.err, errNoResponse) || !strings.Contains(got.err.Error(), fmt.Sprintf("timeouts.read (%s)", patience)) {
				t.Errorf("a patience of %s: %v after %s, want its timeout and what the request met", patience, got.err, got.took)
			}
		}
	})
}
