package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// latency is what the server waits before it answers any request.
const latency = 50 * time.Millisecond

// latencyRow plans without changes, with and without latency by turns, and
// counts requests: applications alone, and with a user assigned to each.
func latencyRow(ctx context.Context, b *bench) ([]finding, error) {
	alone, err := b.behindLatency(ctx, fmt.Sprintf("%d `atm_application`", b.objects), applications(b.objects), 25)
	if err != nil {
		return alone, err
	}
	with, err := b.behindLatency(ctx, fmt.Sprintf("%d `atm_application` with a user assigned to each", b.objects), assigned(b.objects), 60)
	return append(alone, with...), err
}

func (b *bench) behindLatency(ctx context.Context, what, configuration string, mostRequests int) (_ []finding, err error) {
	s, err := b.startServer(ctx, "--test-controls")
	if err != nil {
		return nil, err
	}
	defer s.stop() //nolint:errcheck // the whole run is over and its directory goes
	w, err := b.newWorkspace(ctx, b.made.provider, configuration, b.profiling(s.environ(), "provider")...)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(w.dir)
	if _, err := w.apply(ctx); err != nil {
		return nil, err
	}

	var slow, fast []time.Duration
	most := requests{}
	for range b.rounds {
		took, _, err := b.countedPlan(ctx, s, w, 0)
		if err != nil {
			return nil, err
		}
		fast = append(fast, took)
		took, asked, err := b.countedPlan(ctx, s, w, latency)
		if err != nil {
			return nil, err
		}
		slow = append(slow, took)
		if asked.total() > most.total() {
			most = asked
		}
		fmt.Printf("  plan %s behind %s, %s without; %s\n", seconds(took), latency, seconds(fast[len(fast)-1]), asked)
	}
	each := ratios(slow, fast)
	return []finding{
		finding{
			what: "no-change plan of " + what + " behind 50 ms", ours: spread(seconds, slow), floor: spread(seconds, fast),
			figure: spread(times, each), goal: "at most 1.3 ×", met: middle(each) <= 1.3,
		}.tell(),
		finding{
			what: "API requests of that plan", ours: most.String(), figure: fmt.Sprintf("%d", most.total()),
			goal: fmt.Sprintf("at most %d", mostRequests), met: most.total() <= mostRequests,
		}.tell(),
	}, nil
}

// countedPlan plans behind a latency and counts the requests.
func (b *bench) countedPlan(ctx context.Context, s *server, w *workspace, by time.Duration) (took time.Duration, asked requests, err error) {
	if err := s.delay(ctx, by); err != nil {
		return 0, nil, err
	}
	if _, err := s.requests(ctx); err != nil {
		return 0, nil, err
	}
	took, err = w.plan(ctx)
	asked, counted := s.requests(ctx)
	return took, asked, errors.Join(err, counted, s.delay(ctx, 0))
}
