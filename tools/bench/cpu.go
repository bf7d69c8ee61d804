package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// cpuTimes are the CPU times of the server and of the load generator. Other
// programs on the machine hardly change them.
type cpuTimes struct {
	server, generator time.Duration
}

func (s *server) cpuTimes(ctx context.Context) (cpuTimes, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Endpoint+"/metrics", nil)
	if err != nil {
		return cpuTimes{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return cpuTimes{}, err
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "process_cpu_seconds_total "); ok {
			seconds, err := strconv.ParseFloat(value, 64)
			return cpuTimes{time.Duration(seconds * float64(time.Second)), ownCPU()}, err
		}
	}
	return cpuTimes{}, fmt.Errorf("the server's metrics do not contain its CPU time")
}

// each is the CPU time of each of so many requests, in server and generator.
func (c cpuTimes) each(before cpuTimes, requests int) time.Duration {
	return (c.server - before.server + c.generator - before.generator) / time.Duration(max(requests, 1))
}

// since describes the CPU time of each of so many requests.
func (c cpuTimes) since(before cpuTimes, requests int) string {
	each := func(now, then time.Duration) string {
		return fmt.Sprintf("%d µs", (now-then).Microseconds()/int64(max(requests, 1)))
	}
	return fmt.Sprintf("CPU time of a request: server %s, load generator %s", each(c.server, before.server), each(c.generator, before.generator))
}
