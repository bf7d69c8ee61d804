package metrics_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/metrics"
)

func get(t *testing.T, s *testserver.Server, path string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestMetrics_OfOneServer(t *testing.T) {
	t.Parallel()
	one := testserver.Start(t, testserver.WithVersion("1.2.3"), metrics.WithPrometheus(collectors.NewGoCollector()))
	other := testserver.Start(t, metrics.WithPrometheus())
	s := one
	for range 2 {
		get(t, s, "/auth/.well-known/jwks.json")
	}
	get(t, s, "/nowhere/eyJhbGciOiJSUzI1NiJ9")
	_, got := get(t, s, "/metrics")
	for _, line := range []string{
		`atm_http_requests_total{method="GET",route="/auth/.well-known/jwks.json",status="200"} 2`,
		`atm_http_request_duration_seconds_count{method="GET",route="/auth/.well-known/jwks.json"} 2`,
		`atm_http_requests_total{method="GET",route="none",status="404"} 1`,
		`atm_http_requests_in_flight 1`,
		`atm_build_info{version="1.2.3"} 1`,
		`atm_signing_keys{status="current"} 1`,
		"# TYPE go_goroutines gauge",
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("missing: %s\n%s", line, got)
		}
	}
	if strings.Contains(got, "eyJ") {
		t.Error("the metrics contain a path that a client made up")
	}
	if _, got := get(t, other, "/metrics"); strings.Contains(got, "jwks.json") || strings.Contains(got, "go_goroutines") {
		t.Errorf("another server of the process counts too:\n%s", got)
	}
}

func TestMetrics_AreNotServedUnlessAskedFor(t *testing.T) {
	t.Parallel()
	if status, _ := get(t, testserver.Start(t), "/metrics"); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
}
