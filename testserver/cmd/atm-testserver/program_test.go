package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "atm-testserver-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "atm-testserver")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	args := []string{"build", "-ldflags", "-X main.version=1.2.3", "-o", binary, "."}
	if out, err := exec.CommandContext(context.Background(), "go", args...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

// ready is the line of --print json.
type ready struct {
	Endpoint     string `json:"ATM_ENDPOINT"`
	ClientID     string `json:"ATM_CLIENT_ID"`
	ClientSecret string `json:"ATM_CLIENT_SECRET"`
	LoginID      string `json:"ATM_LOGIN_ID"`
	CACertFile   string `json:"ATM_CA_CERT_FILE"`
}

// program is a running server.
type program struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *output
	exited chan struct{}
	err    error // valid once exited is closed
}

// startTimeout is generous: the machine may be busy.
const startTimeout = 30 * time.Second

// launch starts the program, on a free port, with what else is given.
func launch(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	return launchBy(t, []string{binary}, env, args...)
}

// launchBy is launch by another command, which executes the program.
func launchBy(t *testing.T, command, env []string, args ...string) *program {
	t.Helper()
	p := &program{stderr: &output{}, exited: make(chan struct{})}
	all := slices.Concat(command[1:], []string{"--listen", "127.0.0.1:0"}, args)
	p.cmd = exec.CommandContext(t.Context(), command[0], all...)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = p.stderr
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	// Not StdoutPipe, which Wait would close under the reader.
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.stdout = write, bufio.NewReader(read)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.exited
		_ = read.Close()
	})
	return p
}

// line reads a line of standard output.
func (p *program) line(t *testing.T) string {
	t.Helper()
	timer := time.AfterFunc(startTimeout, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	line, err := p.stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("the program ends before it is ready: %v\n%s", err, p.stderr)
	}
	return strings.TrimSuffix(line, "\n")
}

// start launches the program with --print json and waits until it is ready.
func start(t *testing.T, env []string, args ...string) (*program, ready) {
	t.Helper()
	return startBy(t, []string{binary}, env, args...)
}

// startBy is start by another command, which executes the program.
func startBy(t *testing.T, command, env []string, args ...string) (*program, ready) {
	t.Helper()
	p := launchBy(t, command, env, append([]string{"--print", "json"}, args...)...)
	var r ready
	if err := json.Unmarshal([]byte(p.line(t)), &r); err != nil {
		t.Fatal(err)
	}
	return p, r
}

// exit waits for the end and returns the exit status.
func (p *program) exit(t *testing.T) int {
	t.Helper()
	select {
	case <-p.exited:
	case <-time.After(startTimeout):
		t.Fatalf("the program does not end\n%s", p.stderr)
	}
	var status *exec.ExitError
	if errors.As(p.err, &status) {
		return status.ExitCode()
	}
	if p.err != nil {
		t.Fatal(p.err)
	}
	return 0
}

// run starts the program, which is to end without a signal, and returns its
// exit status and standard error.
func run(t *testing.T, env []string, args ...string) (int, string) {
	t.Helper()
	p := launch(t, env, args...)
	status := p.exit(t)
	return status, p.stderr.String()
}

// output collects what a process prints.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// call sends a request with a JSON body and returns status and body. Headers
// are names and values in turn.
func call(ctx context.Context, client *http.Client, method, url, token, body string, headers ...string) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, content, err
}

// get asks for a path; the request must get a response.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	status, body, err := call(t.Context(), http.DefaultClient, http.MethodGet, url, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return status, string(body)
}

// tokens is a response of the token endpoint.
type tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	Error        string `json:"error"`
}

// signIn signs the administrator in.
func signIn(t *testing.T, r ready) tokens {
	t.Helper()
	request, err := json.Marshal(map[string]string{
		"grant_type": "user_credentials", "client_id": r.ClientID, "client_secret": r.ClientSecret, "login_id": r.LoginID,
	})
	if err != nil {
		t.Fatal(err)
	}
	status, body, err := call(t.Context(), http.DefaultClient, http.MethodPost, r.Endpoint+"/auth/token", "", string(request))
	if err != nil || status != http.StatusOK {
		t.Fatalf("sign-in: %d %s %v", status, body, err)
	}
	var response tokens
	if err := json.Unmarshal(body, &response); err != nil {
		t.Fatal(err)
	}
	return response
}
