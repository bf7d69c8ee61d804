package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// server is a running atm-testserver.
type server struct {
	ready struct {
		Endpoint     string `json:"ATM_ENDPOINT"`
		ClientID     string `json:"ATM_CLIENT_ID"`
		ClientSecret string `json:"ATM_CLIENT_SECRET"`
		LoginID      string `json:"ATM_LOGIN_ID"`
	}
	cmd   *exec.Cmd
	stdin io.Closer // the server stops when it closes, also when the bench is killed
}

// startServer starts the program on a free loopback port, with everything in
// memory, as its flags are by default.
func (b *bench) startServer(ctx context.Context, flags ...string) (_ *server, err error) {
	log, err := os.Create(filepath.Join(b.dir, "server.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	s := &server{cmd: exec.CommandContext(ctx, b.made.server,
		append([]string{"--listen", "127.0.0.1:0", "--print", "json", "--stop-on-stdin-close"}, flags...)...)}
	s.cmd.Env, s.cmd.Stderr = b.profiling(cleanEnviron(os.Environ()), "server"), log
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	printed, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	line, err := bufio.NewReader(printed).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s.ready)
	}
	if err != nil {
		said, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("start the server: %w\n%s", errors.Join(err, s.stop()), end(said))
	}
	return s, nil
}

// stop ends the server and waits for it.
func (s *server) stop() error {
	_ = s.stdin.Close() // if that fails, it has ended
	return s.cmd.Wait()
}

// environ is what the provider reads to sign in.
func (s *server) environ() []string {
	return []string{
		"ATM_ENDPOINT=" + s.ready.Endpoint, "ATM_CLIENT_ID=" + s.ready.ClientID,
		"ATM_CLIENT_SECRET=" + s.ready.ClientSecret, "ATM_LOGIN_ID=" + s.ready.LoginID,
	}
}

// delay makes the server wait before it answers any request; 0 ends that.
func (s *server) delay(ctx context.Context, by time.Duration) error {
	if by == 0 {
		return s.control(ctx, http.MethodDelete, "/_test/faults", nil, nil)
	}
	return s.control(ctx, http.MethodPost, "/_test/faults", map[string]any{"delayMs": by.Milliseconds()}, nil)
}

// requests is how many requests of each kind the server answered.
type requests map[string]int

func (r requests) total() int {
	total := 0
	for _, n := range r {
		total += n
	}
	return total
}

// requests returns what the server was asked since the last call, by method
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

func (s *server) control(ctx context.Context, method, path string, body, answer any) error {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, s.ready.Endpoint+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s\n%s", method, path, response.Status, end(said))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(said, answer)
}
