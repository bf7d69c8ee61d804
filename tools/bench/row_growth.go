package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// usage is what the provider's processes of one command used together.
type usage struct {
	cpu       time.Duration
	resident  int64 // of the largest process, in bytes
	processes int
	requests  requests
	took      time.Duration
}

// growthPoint is one number of objects: a usage for each command.
type growthPoint struct {
	objects int
	usages  [3]usage
}

var growthCommands = [3]string{"apply", "no-change plan", "destroy"}

// mostDestroyed is up to how many applications the destroy is measured:
// Terraform's own time for one grows with their square, to the better part of an
// hour at 5,000.
const mostDestroyed = 2000

// growthRow measures the provider's processes through the meter, for more and
// more objects, with Terraform's state in memory. A configuration without applications is measured too: what its
// processes cost, starting above all, is no cost of an object.
func growthRow(ctx context.Context, b *bench) ([]finding, error) {
	var points []growthPoint
	for _, objects := range append([]int{0}, b.growth...) {
		point, err := b.metered(ctx, objects)
		if err != nil {
			return nil, fmt.Errorf("%d applications: %w", objects, err)
		}
		points = append(points, point)
		for i, u := range point.usages {
			if u.processes == 0 {
				continue
			}
			fmt.Printf("  %d applications: %s %s, provider %d ms of CPU in %d processes, at most %s resident, %d requests\n", objects,
				growthCommands[i], seconds(u.took), u.cpu.Milliseconds(), u.processes, mebibytes(u.resident), u.requests.total())
		}
	}
	file := filepath.Join(b.root, "tools", "bench", "growth.svg")
	if err := plotGrowth(file, points); err != nil {
		return nil, fmt.Errorf("plot: %w", err)
	}
	return growthFindings(points), nil
}

func growthFindings(points []growthPoint) []finding {
	var found []finding
	for i, command := range growthCommands {
		var perObject []time.Duration
		var measured []growthPoint
		for _, p := range points[1:] {
			if p.usages[i].processes > 0 {
				measured = append(measured, p)
				perObject = append(perObject, p.perObject(points[0], i))
			}
		}
		if len(measured) == 0 {
			continue
		}
		deviation := 0.0
		for _, d := range perObject {
			deviation = max(deviation, math.Abs(float64(d)/float64(middle(perObject))-1))
		}
		found = append(found, finding{
			what: "provider CPU per object, " + command + ", " + sizes(measured), ours: list(perObject),
			figure: fmt.Sprintf("within %.0f %% of the median", deviation*100), goal: "within 20 %", met: deviation <= 0.2,
		}.print())
	}
	last := points[len(points)-1]
	var resident int64
	counts := ""
	for i, u := range last.usages {
		if u.processes > 0 {
			resident = max(resident, u.resident)
			counts += fmt.Sprintf(", %s %d", growthCommands[i], u.requests.total())
		}
	}
	return append(found, finding{
		what: fmt.Sprintf("resident memory of the provider at %d `atm_application`", last.objects), ours: "requests: " + strings.TrimPrefix(counts, ", "),
		figure: mebibytes(resident), goal: "under 80 MiB", met: resident < 80<<20,
	}.print())
}

// perObject is the CPU time that each object added to a command.
func (p growthPoint) perObject(none growthPoint, command int) time.Duration {
	return (p.usages[command].cpu - none.usages[command].cpu) / time.Duration(p.objects)
}

func sizes(points []growthPoint) string {
	text := ""
	for i, p := range points {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprint(p.objects)
	}
	return text + " `atm_application`"
}

func list(durations []time.Duration) string {
	text := ""
	for i, d := range durations {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
	}
	return text
}

// metered applies, plans and destroys so many applications with the provider
// started by the meter.
func (b *bench) metered(ctx context.Context, objects int) (point growthPoint, err error) {
	s, err := b.startServer(ctx, "--test-controls")
	if err != nil {
		return point, err
	}
	defer s.Stop() //nolint:errcheck // the run has what it needs from it
	state, err := startBackend()
	if err != nil {
		return point, err
	}
	defer state.close()
	lines := filepath.Join(b.dir, fmt.Sprintf("meter-%d", objects))
	w, err := b.newWorkspace(ctx, b.made.meter, applications(objects)+state.configuration(), b.profiling(append(s.Environ(),
		"BENCH_METER_PROGRAM="+b.made.provider, "BENCH_METER_FILE="+lines), "provider")...)
	if err != nil {
		return point, err
	}
	defer os.RemoveAll(w.Dir)
	point.objects = objects
	for i, command := range []func(context.Context) (time.Duration, error){w.apply, w.plan, w.destroy} {
		if i == 2 && objects > mostDestroyed {
			break
		}
		if err := os.Remove(lines); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return point, err
		}
		took, err := command(ctx)
		if err != nil {
			return point, fmt.Errorf("%s: %w", growthCommands[i], err)
		}
		if point.usages[i], err = readMeter(lines); err != nil {
			return point, err
		}
		point.usages[i].took = took
		if point.usages[i].requests, err = s.requests(ctx); err != nil {
			return point, err
		}
	}
	return point, nil
}

// readMeter sums up what the meter wrote down.
func readMeter(name string) (sum usage, err error) {
	file, err := os.Open(name)
	if err != nil {
		return sum, err
	}
	defer file.Close()
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		var line struct {
			CPUMicros     int64 `json:"cpuMicros"`
			ResidentBytes int64 `json:"residentBytes"`
		}
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			return sum, fmt.Errorf("read the meter: %w", err)
		}
		sum.cpu += time.Duration(line.CPUMicros) * time.Microsecond
		sum.resident = max(sum.resident, line.ResidentBytes)
		sum.processes++
	}
	return sum, nil
}
