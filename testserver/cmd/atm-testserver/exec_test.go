package main_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// withShell runs a script by exec.
func withShell(script string, flags ...string) []string {
	return append(append([]string{"exec"}, flags...), "--", "sh", "-c", script, binary)
}

func needShell(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("SKIPPED: there is no POSIX shell on this machine")
	}
}

// execute runs the program without --listen, and returns its exit status,
// standard output and standard error.
func execute(t *testing.T, stdin string, env []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), binary, args...)
	var out, err strings.Builder
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &out, &err
	command.Env = append(os.Environ(), env...)
	_ = command.Run() // the status tells
	return command.ProcessState.ExitCode(), out.String(), err.String()
}

func TestExec_TheCommandHasAServerAndItsCredentials(t *testing.T) {
	t.Parallel()
	needShell(t)
	const secret = "480nulBeBGqJDoAOADC0CW2frGTDVEmq"
	status, stdout, stderr := execute(t, "from standard input\n", []string{
		"ATM_ACCESS_TOKEN=of-another-server", "ATM_CLIENT_SECRET_FILE=/of/another", "ATM_ENDPOINT=https://other.example", "ATM_REQUEST_TIMEOUT=5s",
	}, withShell(`"$0" healthcheck --listen "${ATM_ENDPOINT#http://}" && cat &&
		echo "$ATM_CLIENT_ID $ATM_CLIENT_SECRET $ATM_LOGIN_ID ${ATM_ACCESS_TOKEN-none} ${ATM_CLIENT_SECRET_FILE-none} $ATM_REQUEST_TIMEOUT $ATM_ENDPOINT" && echo said >&2`,
		"--admin-client-id", "terraform", "--admin-login-id", "root@example.com", "--admin-client-secret", secret)...)
	endpoint, found := strings.CutPrefix(strings.TrimSpace(stdout), "from standard input\nterraform "+secret+" root@example.com none none 5s http://")
	if status != 0 || !found || stderr != "said\n" {
		t.Fatalf("exit status %d: %s\n%s", status, stdout, stderr)
	}
	if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", endpoint); err == nil {
		_ = conn.Close()
		t.Error("the server has outlived the command")
	}
}

func TestExec_NamesTheAuthorityOfSelfSignedTLS(t *testing.T) {
	t.Parallel()
	needShell(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	status, _, stderr := execute(t, "", nil, withShell(
		`"$0" healthcheck --listen "${ATM_ENDPOINT#https://}" --tls-self-signed --tls-ca-file "$ATM_CA_CERT_FILE"`,
		"--tls-self-signed", "--tls-ca-file", file)...)
	if status != 0 {
		t.Errorf("exit status %d: %s", status, stderr)
	}
}

func TestExec_TheExitStatusIsTheCommands(t *testing.T) {
	t.Parallel()
	needShell(t)
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"success":                {withShell("exit 0"), 0, ""},
		"failure":                {withShell("exit 7"), 7, ""},
		"ended by a signal":      {withShell("kill -KILL $$"), 137, ""},
		"flags of the command":   {[]string{"exec", "--", "sh", "-e", "-c", "exit 3"}, 3, ""},
		"no such command":        {[]string{"exec", "--", "no-such-command"}, 127, "no-such-command"},
		"no such file":           {[]string{"exec", "--", plain + "x"}, 127, plain + "x"},
		"not executable":         {[]string{"exec", "--", plain}, 126, plain},
		"no command":             {[]string{"exec"}, 2, "command"},
		"port taken":             {withShell("echo runs >&2", "--listen", taken.Addr().String()), 125, "--listen"},
		"broken seed":            {withShell("echo runs >&2", "--seed", plain+"x"), 125, plain + "x"},
		"half a pair":            {withShell("echo runs >&2", "--tls-cert", plain), 125, "--tls-key"},
		"input is the command's": {withShell("echo runs >&2", "--seed", "-"), 125, "--seed -"},
		"and its end":            {withShell("echo runs >&2", "--stop-on-stdin-close"), 125, "--stop-on-stdin-close"},
		"and the output":         {withShell("echo runs >&2", "--print", "env"), 125, "--print"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, stdout, stderr := execute(t, "", nil, tt.args...)
			if status != tt.status || stdout != "" || !strings.Contains(stderr, tt.want) || tt.want == "" && stderr != "" {
				t.Errorf("exit status %d, want %d: %s%s", status, tt.status, stdout, stderr)
			}
			if strings.Contains(stderr, "runs") {
				t.Error("the command runs without its server")
			}
		})
	}
}

func TestExec_SignalsAreForTheCommand(t *testing.T) {
	t.Parallel()
	needShell(t)
	for name, send := range map[string]func(*os.Process) error{"TERM": terminate, "HUP": hangUp} {
		command := exec.CommandContext(t.Context(), binary, withShell(
			`trap 'echo caught; exit 9' `+name+`; echo ready; while :; do sleep 0.05; done`)...)
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(startTimeout, func() { _ = command.Process.Kill() })
		if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
			t.Fatal(err)
		}
		if err := send(command.Process); err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(out)
		_ = command.Wait() // the status tells
		timer.Stop()
		if status := command.ProcessState.ExitCode(); err != nil || status != 9 || string(rest) != "caught\n" {
			t.Errorf("%s: exit status %d, %q, %v", name, status, rest, err)
		}
	}
}

// The snippet of README that waits for --print ends when the server cannot start.
func TestProgram_TheSnippetForScriptsEndsWithTheServer(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var snippet string
	for block := range strings.SplitSeq(string(readme), "```") {
		if body, shell := strings.CutPrefix(block, "shell\n"); shell && strings.Contains(body, "--print env") {
			snippet = body
		}
	}
	if snippet == "" {
		t.Fatal("README has no snippet with --print env")
	}
	for _, name := range []string{"sh", "bash"} {
		shell, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		for variable, want := range map[string]string{"ATM_TESTSERVER_SEED=/no/such/seed.yaml": "1 ", "ATM_TESTSERVER_LOG_LEVEL=info": "0 http://"} {
			command := exec.CommandContext(t.Context(), shell, "-c", snippet+`echo "$ATM_ENDPOINT"`)
			command.Dir, command.WaitDelay = t.TempDir(), startTimeout
			command.Env = append(os.Environ(), "PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"), variable)
			timer := time.AfterFunc(startTimeout, func() { _ = command.Process.Kill() })
			out, err := command.Output()
			timer.Stop()
			if got := fmt.Sprintf("%d %s", command.ProcessState.ExitCode(), out); !strings.HasPrefix(got, want) {
				t.Errorf("%s, %s: %s, %v, want %s", name, variable, got, err, want)
			}
		}
	}
}
