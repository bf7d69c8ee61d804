package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/tools/bench/load"
)

// jwksRow holds the JWKS endpoint (the program, its defaults) against a
// handler that writes the same headers and bytes, by turns, over 16
// connections.
func jwksRow(ctx context.Context, b *bench) ([]finding, error) {
	const connections, goal = 16, 0.85
	s, err := b.startServer(ctx)
	if err != nil {
		return nil, err
	}
	defer s.stop() //nolint:errcheck // the whole run is over and its directory goes
	document := s.ready.Endpoint + "/auth/.well-known/jwks.json"
	echo, stop, err := b.startEcho(ctx, document)
	if err != nil {
		return nil, err
	}
	echoed := 0
	defer func() {
		if ended := stop(); ended != nil {
			used := ended.UserTime() + ended.SystemTime()
			fmt.Printf("  CPU time of a request: floor's handler %d µs\n", used.Microseconds()/int64(max(echoed, 1)))
		}
	}()

	var ours, floor []float64
	for range b.samples {
		for _, side := range []struct {
			url  string
			into *[]float64
		}{{echo, &floor}, {document, &ours}} {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, side.url, nil)
			if err != nil {
				return nil, err
			}
			started, err := s.cpuTimes(ctx)
			if err != nil {
				return nil, err
			}
			got, err := load.Run(ctx, request, connections, b.sample)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", side.url, err)
			}
			*side.into = append(*side.into, got.PerSecond())
			if side.url == echo {
				echoed += got.Requests
			}
			if ended, err := s.cpuTimes(ctx); err != nil {
				return nil, err
			} else if side.url == document {
				fmt.Printf("  %s\n", ended.since(started, got.Requests))
			}
		}
	}
	each := ratios(ours, floor)
	return []finding{finding{
		what: fmt.Sprintf("`GET jwks.json`, %d connections", connections), ours: spread(perSecond, ours), floor: spread(perSecond, floor),
		figure: spread(share, each), goal: "at least 0.85", met: middle(each) >= goal,
	}.tell()}, nil
}

// startEcho starts a handler that answers what the document is now.
func (b *bench) startEcho(ctx context.Context, document string) (url string, stop func() *os.ProcessState, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, document, nil)
	if err != nil {
		return "", nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", nil, err
	}
	response.Header.Del("Date") // net/http writes its own
	response.Header.Del("Content-Length")
	answer, err := json.Marshal(map[string]any{"header": response.Header, "body": string(body)})
	if err != nil {
		return "", nil, err
	}

	cmd := exec.CommandContext(ctx, b.made.echoer)
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	printed, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() *os.ProcessState {
		_ = in.Close()
		_ = cmd.Wait() // it has nothing to tell
		return cmd.ProcessState
	}
	if _, err = in.Write(answer); err == nil {
		url, err = bufio.NewReader(printed).ReadString('\n')
	}
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("start the floor's handler: %w", err)
	}
	return strings.TrimSpace(url), stop, nil
}
