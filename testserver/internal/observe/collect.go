package observe

import "github.com/prometheus/client_golang/prometheus"

// gauges is a collector that asks for its values when it is scraped.
type gauges struct {
	desc *prometheus.Desc
	read func() map[string]float64
}

// Gauges returns a collector of one gauge with one label. read is called at
// each scrape and answers the values by label; an empty answer leaves the
// metric out.
func Gauges(name, help, label string, read func() map[string]float64) prometheus.Collector {
	return &gauges{prometheus.NewDesc(name, help, []string{label}, nil), read}
}

func (g *gauges) Describe(to chan<- *prometheus.Desc) { to <- g.desc }

func (g *gauges) Collect(to chan<- prometheus.Metric) {
	for label, value := range g.read() {
		to <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, value, label)
	}
}
