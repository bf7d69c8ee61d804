package observe

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the metrics of one server, in a registry of their own.
type Metrics struct {
	registry *prometheus.Registry
	inFlight prometheus.Gauge
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	grants   *prometheus.CounterVec
	sweeps   *prometheus.CounterVec
	// series are the requests' by what labels them: looking them up anew for
	// each request takes longer than counting. Labels have few values.
	series sync.Map
}

// requestLabels are those of a request, and requestSeries what is counted
// under them.
type (
	requestLabels struct {
		method, route string
		status        int
	}
	requestSeries struct {
		count   prometheus.Counter
		latency prometheus.Observer
	}
)

// buckets span from an answer out of memory to one that somebody gave up on.
var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

// NewMetrics returns metrics that count from zero. version is the program's.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
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
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "atm_build_info", Help: "1, labelled with the version.", ConstLabels: prometheus.Labels{"version": version},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.inFlight, m.requests, m.latency, m.grants, m.sweeps, build)
	return m
}

// Register adds collectors: of the process, or of another room. It panics when
// two have the same name.
func (m *Metrics) Register(collectors ...prometheus.Collector) {
	m.registry.MustRegister(collectors...)
}

// Handler answers in Prometheus' text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// TokenRequest counts a request to an endpoint of the token API. result is
// "ok", or the reason of the refusal, out of a closed set.
func (m *Metrics) TokenRequest(endpoint, grantType, result string) {
	m.grants.WithLabelValues(endpoint, grantType, result).Inc()
}

// Swept counts expired rows that were removed.
func (m *Metrics) Swept(kind string, rows int) { m.sweeps.WithLabelValues(kind).Add(float64(rows)) }

func (m *Metrics) request(r *http.Request, status int, took time.Duration) {
	labels := requestLabels{method(r), route(r), status}
	found, known := m.series.Load(labels)
	if !known {
		found, _ = m.series.LoadOrStore(labels, &requestSeries{
			count:   m.requests.WithLabelValues(labels.method, labels.route, strconv.Itoa(status)),
			latency: m.latency.WithLabelValues(labels.method, labels.route),
		})
	}
	series := found.(*requestSeries)
	series.count.Inc()
	series.latency.Observe(took.Seconds())
}
