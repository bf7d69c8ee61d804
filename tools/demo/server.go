package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// ready is the line that "atm-testserver --print json" prints once it answers:
// where it is, and the credentials of the administrator that it made up.
type ready struct {
	Endpoint     string `json:"ATM_ENDPOINT"`
	ClientID     string `json:"ATM_CLIENT_ID"`
	ClientSecret string `json:"ATM_CLIENT_SECRET"`
	LoginID      string `json:"ATM_LOGIN_ID"`
}

type serverOptions struct {
	binary   string
	dir      string // for what it prints and logs
	environ  []string
	detached bool // it outlives the demo
}

// server is a running atm-testserver.
type server struct {
	ready   ready
	cmd     *exec.Cmd
	stdin   io.Closer // held open: the server stops when it closes, so that a killed demo leaves none behind
	done    chan struct{}
	exit    error // valid once done is closed
	logFile string
}

const (
	startTimeout = 30 * time.Second
	stopTimeout  = 10 * time.Second
)

// startServer starts the server on a free loopback port and returns when it is
// ready. Its output goes to files, not to pipes: a server that is kept must not
// be ended by writing to a demo that is gone.
func startServer(ctx context.Context, opts serverOptions) (*server, error) {
	outFile := filepath.Join(opts.dir, "server.out")
	s := &server{logFile: filepath.Join(opts.dir, "server.log"), done: make(chan struct{})}

	args := []string{"--listen", "127.0.0.1:0", "--print", "json"}
	if !opts.detached {
		args = append(args, "--stop-on-stdin-close")
	}
	// Without the context of the run: an interrupted run still needs the
	// server, to destroy what it created there.
	s.cmd = exec.Command(opts.binary, args...) //nolint:noctx // see above
	s.cmd.Env = opts.environ
	detach(s.cmd)
	if err := s.spawn(outFile, opts.detached); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	go func() {
		s.exit = s.cmd.Wait()
		close(s.done)
	}()

	if err := s.awaitReady(ctx, outFile); err != nil {
		s.printLog(os.Stderr)
		if s.ended() {
			return nil, err
		}
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *server) spawn(outFile string, detached bool) error {
	out, err := os.OpenFile(outFile, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	log, err := os.OpenFile(s.logFile, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd.Stdout, s.cmd.Stderr = out, log
	if !detached {
		if s.stdin, err = s.cmd.StdinPipe(); err != nil {
			return err
		}
	}
	return s.cmd.Start()
}

// awaitReady reads the line with address and credentials out of file.
func (s *server) awaitReady(ctx context.Context, file string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("the server was not ready within %s", startTimeout))
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		printed, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read what the server printed: %w", err)
		}
		if line, _, complete := bytes.Cut(printed, []byte("\n")); complete {
			return s.ready.parse(line)
		}
		select {
		case <-poll.C:
		case <-s.done:
			return fmt.Errorf("the server ended before it was ready: %w", s.exit)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// parse reads the line; it never quotes it, since it holds a secret.
func (r *ready) parse(line []byte) error {
	if err := json.Unmarshal(line, r); err != nil {
		return errors.New("the server's first line is not the JSON object that was expected")
	}
	for _, v := range r.variables() {
		if v.value == "" {
			return fmt.Errorf("the server's first line has no %s", v.name)
		}
	}
	return nil
}

func (s *server) pid() int { return s.cmd.Process.Pid }

// ended tells whether the process is gone.
func (s *server) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// whileAlive returns a context that ends with parent, and when the server ends
// by itself: without it Terraform would go on asking for minutes.
func (s *server) whileAlive(parent context.Context) (ctx context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(parent)
	go func() {
		select {
		case <-s.done:
			cancel(fmt.Errorf("the server ended by itself: %w", s.exit))
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// stop ends the server gracefully, or by force when it does not go in time.
func (s *server) stop() error {
	if err := terminate(s.cmd.Process); err != nil {
		return fmt.Errorf("stop the server: %w", err)
	}
	select {
	case <-s.done:
		return nil
	case <-time.After(stopTimeout):
	}
	if err := s.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill the server: %w", err)
	}
	<-s.done
	return fmt.Errorf("the server did not stop within %s and was killed", stopTimeout)
}

// printLog writes the end of the server's log, for the reader of a failure.
func (s *server) printLog(out io.Writer) {
	const most = 4 << 10
	log, err := os.ReadFile(s.logFile)
	if err != nil || len(log) == 0 {
		return
	}
	if len(log) > most {
		log = log[len(log)-most:]
	}
	fmt.Fprintf(out, "\nThe end of the server's log:\n%s\n", log)
}
