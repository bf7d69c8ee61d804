package observe

import (
	"net/http"
	"time"
)

// Metrics counts what a server does. Package testserver/metrics implements it
// with Prometheus' client, which only programs that ask for it contain.
type Metrics interface {
	// Handler serves the metrics.
	Handler() http.Handler
	// RequestBegins counts a request in progress.
	RequestBegins()
	// RequestEnds counts its end. Method and route have few values; status 0 is
	// a connection that was dropped.
	RequestEnds(method, route string, status int, took time.Duration)
	// TokenRequest counts a request to an endpoint of the token API. result is
	// "ok", or the reason of the refusal, out of a closed set.
	TokenRequest(endpoint, grantType, result string)
	// Swept counts expired rows that were removed.
	Swept(kind string, rows int)
	// Gauges adds a metric with one label. read is called at each scrape and
	// returns the values by label; without values the metric is left out.
	Gauges(name, help, label string, read func() map[string]float64)
}
