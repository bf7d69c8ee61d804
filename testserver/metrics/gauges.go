package metrics

import "github.com/prometheus/client_golang/prometheus"

// gauges is a collector that asks for its values when it is scraped.
type gauges struct {
	desc *prometheus.Desc
	read func() map[string]float64
}

// Gauges implements testserver.Metrics.
func (m *counters) Gauges(name, help, label string, read func() map[string]float64) {
	m.registry.MustRegister(&gauges{prometheus.NewDesc(name, help, []string{label}, nil), read})
}

func (g *gauges) Describe(to chan<- *prometheus.Desc) { to <- g.desc }

func (g *gauges) Collect(to chan<- prometheus.Metric) {
	for label, value := range g.read() {
		to <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, value, label)
	}
}
