package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// server is a running atm-testserver.
type server struct {
	*sandbox.Server
}

// startServer starts the program, with the flags' defaults except for those
// that are given.
func (b *bench) startServer(ctx context.Context, flags ...string) (*server, error) {
	s, err := sandbox.StartServer(ctx, sandbox.ServerOptions{
		Program: b.made.server, Log: filepath.Join(b.dir, "server.log"),
		Environ: b.profiling(sandbox.Environ(), "server"), Flags: flags,
	})
	return &server{s}, err
}

// delay makes the server wait before each response; 0 ends that.
func (s *server) delay(ctx context.Context, by time.Duration) error {
	if by == 0 {
		return s.control(ctx, http.MethodDelete, "/_test/faults", nil, nil)
	}
	return s.control(ctx, http.MethodPost, "/_test/faults", map[string]any{"delayMs": by.Milliseconds()}, nil)
}

// requests is how many requests of each kind the server received.
type requests map[string]int

func (r requests) total() int {
	total := 0
	for _, n := range r {
		total += n
	}
	return total
}

// requests returns the requests since the last call, by method
// and path, with a * for each id.
func (s *server) requests(ctx context.Context) (requests, error) {
	var journal struct {
		Total int `json:"total"`
		Items []struct {
			Method string `json:"method"`
			Path   string `json:"path"`
		} `json:"items"`
	}
	if err := s.control(ctx, http.MethodGet, "/_test/requests", nil, &journal); err != nil {
		return nil, err
	}
	counts := requests{}
	for _, item := range journal.Items {
		counts[item.Method+" "+kind(item.Path)]++
	}
	if rest := journal.Total - len(journal.Items); rest > 0 {
		counts["not kept in the journal"] = rest
	}
	return counts, s.control(ctx, http.MethodDelete, "/_test/requests", nil, nil)
}

func (s *server) control(ctx context.Context, method, path string, body, into any) error {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, s.Endpoint+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err = io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s\n%s", method, path, response.Status, sandbox.Tail(content))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(content, into)
}
