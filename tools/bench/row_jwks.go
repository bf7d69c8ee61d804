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
	"time"

	"github.com/tci-pf/terraform-provider-atm/tools/bench/load"
)

const pathJWKS = "/auth/.well-known/jwks.json"

// jwksRow compares the JWKS endpoint (the program: its defaults, and without a
// line of the log for each request) with a handler that writes the same headers
// and bytes, by turns, over 16 connections.
func jwksRow(ctx context.Context, b *bench) ([]finding, error) {
	const connections, goal = 16, 0.85
	logged, err := b.startServer(ctx)
	if err != nil {
		return nil, err
	}
	defer logged.Stop() //nolint:errcheck // the run has what it needs from it
	silent, err := b.startServer(ctx, "--log-level", "warn")
	if err != nil {
		return nil, err
	}
	defer silent.Stop() //nolint:errcheck // the run has what it needs from it
	echo, stop, err := b.startEcho(ctx, logged.Endpoint+pathJWKS)
	if err != nil {
		return nil, err
	}

	floor := &jwksSide{url: echo}
	ours := &jwksSide{url: logged.Endpoint + pathJWKS, of: logged}
	quiet := &jwksSide{url: silent.Endpoint + pathJWKS, of: silent}
	for range b.samples {
		for _, side := range []*jwksSide{floor, ours, quiet} {
			if err := side.sample(ctx, connections, b.sample); err != nil {
				return nil, fmt.Errorf("%s: %w", side.url, err)
			}
		}
	}
	if ended := stop(); ended != nil {
		floor.cpu.server = ended.UserTime() + ended.SystemTime()
	}
	for name, side := range map[string]*jwksSide{"floor's handler": floor, "server": ours, "server that logs no request": quiet} {
		fmt.Printf("  %s: %s\n", name, side.cpu.since(cpuTimes{}, side.requests))
	}
	each, silently := ratios(ours.perSecond, floor.perSecond), ratios(quiet.perSecond, floor.perSecond)
	return []finding{
		finding{
			what: fmt.Sprintf("`GET jwks.json`, %d connections", connections),
			ours: spread(perSecond, ours.perSecond), floor: spread(perSecond, floor.perSecond),
			figure: spread(share, each), goal: "at least 0.85", met: middle(each) >= goal,
		}.print(),
		finding{
			what: "the same with `--log-level warn`: no line of the log for a request",
			ours: spread(perSecond, quiet.perSecond), floor: spread(perSecond, floor.perSecond), figure: spread(share, silently),
		}.print(),
	}, nil
}

// jwksSide is one of those that are measured by turns.
type jwksSide struct {
	url       string
	of        *server // nil for the floor
	perSecond []float64
	requests  int
	cpu       cpuTimes // of all samples
}

func (j *jwksSide) sample(ctx context.Context, connections int, during time.Duration) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, j.url, nil)
	if err != nil {
		return err
	}
	var before, after cpuTimes
	if j.of != nil {
		if before, err = j.of.cpuTimes(ctx); err != nil {
			return err
		}
	} else {
		before.generator = ownCPU()
	}
	got, err := load.Run(ctx, request, connections, during)
	if err != nil {
		return err
	}
	if j.of != nil {
		if after, err = j.of.cpuTimes(ctx); err != nil {
			return err
		}
	} else {
		after.generator = ownCPU()
	}
	j.cpu.server += after.server - before.server
	j.cpu.generator += after.generator - before.generator
	j.perSecond = append(j.perSecond, got.PerSecond())
	j.requests += got.Requests
	return nil
}

// startEcho starts a handler whose response is the document of now.
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
	copied, err := json.Marshal(map[string]any{"header": response.Header, "body": string(body)})
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
		_ = cmd.Wait() // its exit status does not matter
		return cmd.ProcessState
	}
	if _, err = in.Write(copied); err == nil {
		url, err = bufio.NewReader(printed).ReadString('\n')
	}
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("start the floor's handler: %w", err)
	}
	return strings.TrimSpace(url), stop, nil
}
