package main

import (
	"os"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// panel is one picture: a value for each number of objects, a line for each
// command.
type panel struct {
	title, unit string
	value       func(u usage) float64
}

var panels = []panel{
	{"CPU time of the provider", "seconds", func(u usage) float64 { return u.cpu.Seconds() }},
	{"Resident memory, largest process", "MiB", func(u usage) float64 { return float64(u.resident) / (1 << 20) }},
	{"API requests", "", func(u usage) float64 { return float64(u.requests.total()) }},
}

// plotGrowth draws the panels side by side.
func plotGrowth(file string, points []growthPoint) error {
	const width, height = 12 * vg.Inch, 3.6 * vg.Inch
	canvas := vgsvg.NewWith(vgsvg.UseWH(width, height), vgsvg.EmbedFonts(false))
	var drawn [][]*plot.Plot
	row := make([]*plot.Plot, 0, len(panels))
	for _, p := range panels {
		picture, err := p.draw(points)
		if err != nil {
			return err
		}
		row = append(row, picture)
	}
	drawn = append(drawn, row)
	tiles := draw.Tiles{Rows: 1, Cols: len(panels), PadX: vg.Points(12), PadTop: vg.Points(6), PadBottom: vg.Points(6), PadLeft: vg.Points(6), PadRight: vg.Points(6)}
	for i, at := range plot.Align(drawn, tiles, draw.New(canvas))[0] {
		row[i].Draw(at)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if _, err := canvas.WriteTo(out); err != nil {
		return err
	}
	return out.Close()
}

func (p panel) draw(points []growthPoint) (*plot.Plot, error) {
	picture := plot.New()
	picture.Title.Text, picture.X.Label.Text, picture.Y.Label.Text = p.title, "applications", p.unit
	picture.X.Min, picture.Y.Min = 0, 0
	picture.Legend.Top, picture.Legend.Left = true, true
	picture.X.Tick.Marker, picture.Y.Tick.Marker = plot.TickerFunc(wholeTicks), plot.TickerFunc(wholeTicks)
	var lines []any
	for i, command := range growthCommands {
		var line plotter.XYs
		for _, point := range points {
			if u := point.usages[i]; u.processes > 0 {
				line = append(line, plotter.XY{X: float64(point.objects), Y: p.value(u)})
			}
		}
		lines = append(lines, command, line)
	}
	// All in one call: it gives each a colour and a shape of its own.
	return picture, plotutil.AddLinePoints(picture, lines...)
}

// wholeTicks are the default ones, labelled as whole numbers.
func wholeTicks(least, most float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(least, most)
	for i := range ticks {
		if !ticks[i].IsMinor() {
			ticks[i].Label = strconv.FormatFloat(ticks[i].Value, 'f', -1, 64)
		}
	}
	return ticks
}
