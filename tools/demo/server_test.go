package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test's own binary stand in for atm-testserver: it starts
// itself with fakeServer set to how the server shall behave.
const fakeServer = "DEMO_FAKE_SERVER"

func TestMain(m *testing.M) {
	if behaviour := os.Getenv(fakeServer); behaviour != "" {
		os.Exit(beServer(behaviour))
	}
	os.Exit(m.Run())
}

func beServer(behaviour string) int {
	fmt.Fprintln(os.Stderr, "a line of the log")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	switch behaviour {
	case "ready":
		fmt.Println(`{"ATM_ENDPOINT":"http://127.0.0.1:1","ATM_CLIENT_ID":"id","ATM_CLIENT_SECRET":"s3cret","ATM_LOGIN_ID":"admin"}`)
	case "nonsense":
		fmt.Println("s3cret, but no JSON")
	case "incomplete":
		fmt.Println(`{"ATM_ENDPOINT":"http://127.0.0.1:1","ATM_CLIENT_ID":"id","ATM_CLIENT_SECRET":"s3cret"}`)
	case "fails":
		return 3
	}
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(closed)
	}()
	select {
	case <-stop:
	case <-closed:
	case <-time.After(time.Minute):
		return 4
	}
	return 0
}

func fakeOptions(t *testing.T, behaviour string) serverOptions {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return serverOptions{binary: binary, dir: t.TempDir(), environ: append(os.Environ(), fakeServer+"="+behaviour)}
}

func TestStartServer_ReadsAddressAndCredentials(t *testing.T) {
	t.Parallel()
	s, err := startServer(t.Context(), fakeOptions(t, "ready"))
	if err != nil {
		t.Fatal(err)
	}
	want := ready{Endpoint: "http://127.0.0.1:1", ClientID: "id", ClientSecret: "s3cret", LoginID: "admin"}
	if s.ready != want {
		t.Errorf("ready = %+v, want %+v", s.ready, want)
	}
	if err := s.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if !s.cmd.ProcessState.Exited() {
		t.Error("the server is still there after stop")
	}
}

func TestServer_EndingByItselfEndsTheWork(t *testing.T) {
	t.Parallel()
	s, err := startServer(t.Context(), fakeOptions(t, "ready"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, release := s.whileAlive(t.Context())
	defer release()
	if s.ended() || ctx.Err() != nil {
		t.Fatal("the server ended too soon")
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	if cause := context.Cause(ctx); !strings.Contains(cause.Error(), "ended by itself") {
		t.Errorf("cause %v, want one that says that the server ended", cause)
	}
	if !s.ended() {
		t.Error("ended is false after the server was killed")
	}
}

func TestStartServer_FailsWithoutQuotingTheSecret(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[string]string{
		"nonsense":   "not the JSON object",
		"incomplete": "no ATM_LOGIN_ID",
		"fails":      "exit status 3",
	} {
		t.Run(behaviour, func(t *testing.T) {
			t.Parallel()
			_, err := startServer(t.Context(), fakeOptions(t, behaviour))
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q does not say %q", err, want)
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error %q contains the secret", err)
			}
		})
	}
}

func TestStartServer_GivesUpWhenInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(200*time.Millisecond, func() { cancel(errInterrupted) })
	_, err := startServer(ctx, fakeOptions(t, "silent"))
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("error %v, want one that says interrupted", err)
	}
}

func TestServer_PrintsTheEndOfItsLog(t *testing.T) {
	t.Parallel()
	s, err := startServer(t.Context(), fakeOptions(t, "ready"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.stop() }()
	var out strings.Builder
	s.printLog(&out)
	if !strings.Contains(out.String(), "a line of the log") {
		t.Errorf("printed %q", out.String())
	}
}

func TestGet_RefusesAnErrorPage(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.NotFoundHandler())
	defer site.Close()
	if _, err := get(t.Context(), site.URL); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("error %v, want one that says 404", err)
	}
}
