// Package load sends one HTTP request over and over on a number of
// connections, each waiting for its response before it sends again, and measures
// throughput and latency.
//
// It shares the processor with what it measures, so it does next to nothing
// itself: the request is bytes made once, and of a response it reads the status
// and the length. It knows HTTP/1.1 with Content-Length, no more.
package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"sync"
	"time"
)

// Result is what a run measured.
type Result struct {
	Connections int
	// Requests with a response 200 within Elapsed.
	Requests int
	Elapsed  time.Duration
	// Latencies of the requests, sorted.
	Latencies []time.Duration
	// Last is the body of one of the responses.
	Last []byte
}

// PerSecond is the throughput.
func (r *Result) PerSecond() float64 { return float64(r.Requests) / r.Elapsed.Seconds() }

// Mean is the mean latency as the throughput implies it: connections divided
// by throughput (Little's law).
func (r *Result) Mean() time.Duration {
	return time.Duration(float64(r.Connections) / r.PerSecond() * float64(time.Second))
}

// Quantile returns the latency that a share of q of the requests kept within.
func (r *Result) Quantile(q float64) time.Duration {
	if len(r.Latencies) == 0 {
		return 0
	}
	at := int(q * float64(len(r.Latencies)))
	return r.Latencies[min(at, len(r.Latencies)-1)]
}

// Run sends request on so many connections for that long. The request's body
// is read once. Another response than 200 ends the run with an error.
func Run(ctx context.Context, request *http.Request, connections int, during time.Duration) (*Result, error) {
	raw, err := httputil.DumpRequestOut(request, true)
	if err != nil {
		return nil, fmt.Errorf("write the request down: %w", err)
	}
	workers := make([]*worker, connections)
	for i := range workers {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", request.URL.Host)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		workers[i] = newWorker(conn, raw)
	}

	started := time.Now()
	ends := started.Add(during)
	var group sync.WaitGroup
	for _, w := range workers {
		group.Go(func() { w.run(ctx, ends) })
	}
	group.Wait()
	return collect(workers, time.Since(started))
}

func collect(workers []*worker, elapsed time.Duration) (*Result, error) {
	result := &Result{Connections: len(workers), Elapsed: elapsed}
	var errs []error
	for _, w := range workers {
		errs = append(errs, w.err)
		result.Requests += len(w.latencies)
		result.Latencies = append(result.Latencies, w.latencies...)
		if len(w.body) > 0 {
			result.Last = w.body
		}
	}
	slices.Sort(result.Latencies)
	return result, errors.Join(errs...)
}
