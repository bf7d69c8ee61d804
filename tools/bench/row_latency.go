package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// latency is the time that the server waits before each response.
const latency = 50 * time.Millisecond

// latencyRow plans without changes, with and without latency by turns, and
// counts requests: of applications, and of applications with a user assigned to each.
func latencyRow(ctx context.Context, b *bench) ([]finding, error) {
	without, err := b.withLatency(ctx, fmt.Sprintf("%d `atm_application`", b.objects), applications(b.objects), 25)
	if err != nil {
		return without, err
	}
	with, err := b.withLatency(ctx, fmt.Sprintf("%d `atm_application` with a user assigned to each", b.objects), assigned(b.objects), 60)
	return append(without, with...), err
}

func (b *bench) withLatency(ctx context.Context, what, configuration string, mostRequests int) (_ []finding, err error) {
	s, err := b.startServer(ctx, "--test-controls")
	if err != nil {
		return nil, err
	}
	defer s.Stop() //nolint:errcheck // the run has what it needs from it
	w, err := b.newWorkspace(ctx, b.made.provider, configuration, b.profiling(s.Environ(), "provider")...)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(w.Dir)
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
		took, sent, err := b.countedPlan(ctx, s, w, latency)
		if err != nil {
			return nil, err
		}
		slow = append(slow, took)
		if sent.total() > most.total() {
			most = sent
		}
		fmt.Printf("  plan %s with %s, %s without; %s\n", seconds(took), latency, seconds(fast[len(fast)-1]), sent)
	}
	each := ratios(slow, fast)
	return []finding{
		finding{
			what: "no-change plan of " + what + " with 50 ms latency", ours: spread(seconds, slow), floor: spread(seconds, fast),
			figure: spread(times, each), goal: "at most 1.3 ×", met: middle(each) <= 1.3,
		}.print(),
		finding{
			what: "API requests of that plan", ours: most.String(), figure: fmt.Sprintf("%d", most.total()),
			goal: fmt.Sprintf("at most %d", mostRequests), met: most.total() <= mostRequests,
		}.print(),
	}, nil
}

// countedPlan plans with a latency and counts the requests.
func (b *bench) countedPlan(ctx context.Context, s *server, w *workspace, by time.Duration) (took time.Duration, sent requests, err error) {
	if err := s.delay(ctx, by); err != nil {
		return 0, nil, err
	}
	if _, err := s.requests(ctx); err != nil {
		return 0, nil, err
	}
	took, err = w.plan(ctx)
	sent, counted := s.requests(ctx)
	return took, sent, errors.Join(err, counted, s.delay(ctx, 0))
}
