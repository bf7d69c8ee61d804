package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// settings are the sizes of a run. Each has a variable, for a quick run or a
// thorough one.
type settings struct {
	rows    []string      // BENCH: which rows; all when empty
	objects int           // BENCH_OBJECTS: objects in one configuration
	rounds  int           // BENCH_ROUNDS: rounds of Terraform with each provider
	growth  []int         // BENCH_GROWTH: numbers of objects, separated by commas
	samples int           // BENCH_SAMPLES: samples of an endpoint
	sample  time.Duration // BENCH_SAMPLE: how long one of them takes
	starts  int           // BENCH_STARTS: starts of a process or server
	profile string        // BENCH_PROFILE: directory for CPU profiles, see profiled
}

func defaults() settings {
	return settings{
		objects: 1000, rounds: 3, growth: []int{100, 1000, 5000},
		samples: 7, sample: 3 * time.Second, starts: 40,
	}
}

// readSettings takes the sizes out of the environment. A value that cannot be
// read is an error that names its variable.
func readSettings(lookup func(string) (string, bool)) (settings, error) {
	s := defaults()
	var problem error
	read := func(name string, parse func(string) error) {
		text, given := lookup(name)
		if !given || text == "" || problem != nil {
			return
		}
		if err := parse(text); err != nil {
			problem = fmt.Errorf("%s=%q: %w", name, text, err)
		}
	}
	number := func(into *int) func(string) error {
		return func(text string) (err error) { *into, err = atLeastOne(text); return err }
	}
	read("BENCH", func(text string) error { s.rows = strings.Split(text, ","); return nil })
	read("BENCH_OBJECTS", number(&s.objects))
	read("BENCH_ROUNDS", number(&s.rounds))
	read("BENCH_SAMPLES", number(&s.samples))
	read("BENCH_STARTS", number(&s.starts))
	read("BENCH_GROWTH", func(text string) (err error) { s.growth, err = numbers(text); return err })
	read("BENCH_SAMPLE", func(text string) (err error) { s.sample, err = time.ParseDuration(text); return err })
	read("BENCH_PROFILE", func(text string) error { s.profile = text; return os.MkdirAll(text, 0o750) })
	return s, problem
}

func atLeastOne(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err == nil && n < 1 {
		err = fmt.Errorf("it must be 1 or more")
	}
	return n, err
}

func numbers(text string) (list []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		n, err := atLeastOne(part)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}
