package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// trial is the run of one client against its server.
type trial struct {
	client
	runner *runner
	server *server
	dir    string // contains what the trial writes
	port   int    // where a site or an api listens, on 127.0.0.1
}

func (t *trial) url(path string) string { return fmt.Sprintf("http://127.0.0.1:%d%s", t.port, path) }

// command returns the client's, which runs until ctx ends.
func (t *trial) command(ctx context.Context, settings ...string) *exec.Cmd {
	cmd := sandbox.Command(ctx, t.runner.path(t.Run[0]), t.Run[1:]...)
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir = filepath.Join(t.runner.root, "tools", "clients", t.Dir)
	a, service := t.server.applications[t.Application], t.server.applications["service"]
	audience := a.ID
	if t.Kind == "api" {
		audience = t.server.applications["api"].ID
	}
	cmd.Env = append(sandbox.Environ(),
		"ISSUER="+t.server.Endpoint, "CLIENT_ID="+a.ClientID, "CLIENT_SECRET="+a.ClientSecret, "AUDIENCE="+audience,
		"SERVICE_CLIENT_ID="+service.ClientID, "SERVICE_CLIENT_SECRET="+service.ClientSecret, "EMAIL="+email, "PORT="+strconv.Itoa(t.port), "REDIRECT_URI="+t.url("/callback"), "WORK="+t.dir, "BIN="+filepath.Join(t.runner.dir, "bin"),
		// The authority of the server's certificate, as each language reads it.
		"CA_FILE="+t.server.ca, "SSL_CERT_FILE="+t.server.ca, "NODE_EXTRA_CA_CERTS="+t.server.ca, "REQUESTS_CA_BUNDLE="+t.server.ca,
		"NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1",
	)
	for name, value := range t.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, settings...)
	return cmd
}

// serving runs do while the client listens on a port of its own.
func (t *trial) serving(ctx context.Context, do func() error) (err error) {
	if t.port, err = freePort(ctx); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var printed bytes.Buffer
	cmd := t.command(ctx)
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is interrupted, or fails to listen
		close(ended)
	}()
	if err = t.listens(ctx, ended); err == nil {
		err = do()
	}
	stop()
	<-ended
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, sandbox.Tail(printed.Bytes()))
	}
	return err
}

func (t *trial) listens(ctx context.Context, ended <-chan struct{}) error {
	var dialer net.Dialer
	for {
		connection, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(t.port)))
		if err == nil {
			return connection.Close()
		}
		select {
		case <-ended:
			return errors.New("it ended before it listened")
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freePort(ctx context.Context) (int, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}
