// Package metrics serves a server's metrics at /metrics in Prometheus' format.
//
// It is apart so that a test which only calls testserver.Start does not compile
// Prometheus' client.
package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// WithPrometheus serves /metrics, with further collectors such as
// collectors.NewGoCollector.
func WithPrometheus(further ...prometheus.Collector) testserver.Option {
	return testserver.WithMetrics(func() testserver.Metrics {
		m := newCounters()
		m.registry.MustRegister(further...)
		return m
	})
}

// counters are the metrics of one server, in a registry of their own.
type counters struct {
	registry *prometheus.Registry
	inFlight prometheus.Gauge
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	grants   *prometheus.CounterVec
	sweeps   *prometheus.CounterVec
}

// buckets span from a response out of memory to one that the client gave up on.
var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

func newCounters() *counters {
	m := &counters{
		registry: prometheus.NewRegistry(),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "atm_http_requests_in_flight", Help: "Requests in progress.",
		}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "atm_http_requests_total",
			Help: "Requests by method, route and status; status 0 is a connection that was dropped.",
		}, []string{"method", "route", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "atm_http_request_duration_seconds", Help: "Duration of requests by method and route.", Buckets: buckets,
		}, []string{"method", "route"}),
		grants: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "atm_token_requests_total",
			Help: "Token, revocation and introspection requests by endpoint, grant type and result: ok, or the reason of the refusal.",
		}, []string{"endpoint", "grant_type", "result"}),
		sweeps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "atm_swept_rows_total", Help: "Expired rows that this process removed.",
		}, []string{"kind"}),
	}
	m.registry.MustRegister(m.inFlight, m.requests, m.latency, m.grants, m.sweeps)
	return m
}

// Handler implements testserver.Metrics.
func (m *counters) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// RequestBegins implements testserver.Metrics.
func (m *counters) RequestBegins() { m.inFlight.Inc() }

// RequestEnds implements testserver.Metrics.
func (m *counters) RequestEnds(method, route string, status int, took time.Duration) {
	m.inFlight.Dec()
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(method, route).Observe(took.Seconds())
}

// TokenRequest implements testserver.Metrics.
func (m *counters) TokenRequest(endpoint, grantType, result string) {
	m.grants.WithLabelValues(endpoint, grantType, result).Inc()
}

// Swept implements testserver.Metrics.
func (m *counters) Swept(kind string, rows int) { m.sweeps.WithLabelValues(kind).Add(float64(rows)) }
