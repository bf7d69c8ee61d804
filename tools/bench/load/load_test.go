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

func TestRun_CountsWhatTheServerAnswered(t *testing.T) {
	t.Parallel()
	var answered atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "question" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		answered.Add(1)
		_, _ = io.WriteString(w, "answer")
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
	if got.Requests == 0 || int64(got.Requests) != answered.Load() || len(got.Latencies) != got.Requests {
		t.Errorf("%d requests, %d latencies, the server answered %d", got.Requests, len(got.Latencies), answered.Load())
	}
	if string(got.Last) != "answer" {
		t.Errorf("the last answer is %q", got.Last)
	}
	if got.Quantile(0) > got.Quantile(0.99) || got.Mean() <= 0 {
		t.Errorf("quantiles %s and %s, mean %s", got.Quantile(0), got.Quantile(0.99), got.Mean())
	}
}

func TestRun_EndsAtARefusal(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := load.Run(t.Context(), request, 2, time.Minute); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v, want the refusal", err)
	}
}
