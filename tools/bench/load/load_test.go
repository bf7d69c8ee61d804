package load_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/tools/bench/load"
)

func TestRun_CountsResponses(t *testing.T) {
	t.Parallel()
	var responses atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "question" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		responses.Add(1)
		_, _ = io.WriteString(w, "response")
	}))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("question"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := load.Run(t.Context(), request, 4, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if got.Requests == 0 || int64(got.Requests) != responses.Load() || len(got.Latencies) != got.Requests {
		t.Errorf("%d requests, %d latencies, the server sent %d responses", got.Requests, len(got.Latencies), responses.Load())
	}
	if string(got.Last) != "response" {
		t.Errorf("the last response is %q", got.Last)
	}
	if got.Quantile(0) > got.Quantile(0.99) || got.Mean() <= 0 {
		t.Errorf("quantiles %s and %s, mean %s", got.Quantile(0), got.Quantile(0.99), got.Mean())
	}
}

func TestRun_FailsOnAnotherStatus(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := load.Run(t.Context(), request, 2, time.Minute); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v, want the status", err)
	}
}
