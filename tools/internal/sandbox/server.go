package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// Server is a running atm-testserver on a free loopback port, with everything
// in memory. The strings are what it prints when it is ready: its address and
// the credentials of its administrator.
type Server struct {
	Endpoint     string `json:"ATM_ENDPOINT"`
	ClientID     string `json:"ATM_CLIENT_ID"`
	ClientSecret string `json:"ATM_CLIENT_SECRET"`
	LoginID      string `json:"ATM_LOGIN_ID"`

	cmd   *exec.Cmd
	stdin io.Closer // its end is the server's
}

// ServerOptions says how to start a server.
type ServerOptions struct {
	Program string
	Log     string // the file that gets its log
	Environ []string
	Flags   []string
}

// StartServer starts a server, and returns when it is ready. The end of ctx
// kills it; it also ends with this process.
func StartServer(ctx context.Context, opts ServerOptions) (_ *Server, err error) {
	s := &Server{cmd: exec.CommandContext(ctx, opts.Program, append([]string{"--listen", "127.0.0.1:0", "--print", "json", "--stop-on-stdin-close"}, opts.Flags...)...)}
	s.cmd.Env = opts.Environ
	ownGroup(s.cmd)
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	log, err := os.Create(opts.Log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	s.cmd.Stderr = log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil && json.Unmarshal(line, s) != nil {
		err = errors.New("its first line is not a JSON object") // the line contains a secret
	}
	if err != nil {
		err = errors.Join(err, s.Stop())
		logged, _ := os.ReadFile(opts.Log)
		return nil, fmt.Errorf("start the server: %w\n%s", err, Tail(logged))
	}
	return s, nil
}

// Environ is what the provider reads to sign in as the administrator:
// NAME=value.
func (s *Server) Environ() []string {
	return []string{
		"ATM_ENDPOINT=" + s.Endpoint, "ATM_CLIENT_ID=" + s.ClientID,
		"ATM_CLIENT_SECRET=" + s.ClientSecret, "ATM_LOGIN_ID=" + s.LoginID,
	}
}

// Stop stops the server and waits for its end. It kills a server that does not
// stop within 10 seconds.
func (s *Server) Stop() error {
	_ = s.stdin.Close() // if that fails, the server has ended
	defer time.AfterFunc(10*time.Second, func() { _ = s.cmd.Process.Kill() }).Stop()
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("stop the server: %w", err)
	}
	return nil
}
