package main

import (
	"fmt"
	"slices"
	"time"
)

type number interface {
	~int64 | ~float64
}

// middle is the median of a list that is not empty.
func middle[T number](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// ratios divides pair by pair.
func ratios[T time.Duration | float64](ours, floor []T) []float64 {
	out := make([]float64, len(ours))
	for i := range ours {
		out[i] = float64(ours[i]) / float64(floor[i])
	}
	return out
}

// spread is "1.08 (1.05 to 1.12)", or another format for each value.
func spread[T number](format func(T) string, values []T) string {
	if len(values) == 1 {
		return format(values[0])
	}
	return fmt.Sprintf("%s (%s to %s)", format(middle(values)), format(slices.Min(values)), format(slices.Max(values)))
}

func times(ratio float64) string { return fmt.Sprintf("%.2f ×", ratio) }

func share(ratio float64) string { return fmt.Sprintf("%.3f", ratio) }

func perSecond(rate float64) string { return fmt.Sprintf("%.0f/s", rate) }

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func millis(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

func mebibytes(bytes int64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }
