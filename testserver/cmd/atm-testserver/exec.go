package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"

	"github.com/mattn/go-isatty"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// Exit statuses of exec where the command has none, as those of env and docker
// run.
const (
	exitExec          = 125 // the server, not the command, has failed
	exitNotExecutable = 126
	exitNotFound      = 127
	exitSignal        = 128 // plus the number of the signal that ended the command
)

// exec runs a command beside a server of its own, and returns its exit status.
func (f *flags) exec() (status int, err error) {
	if err := f.checkExec(); err != nil {
		return exitExec, err
	}
	path, err := exec.LookPath(f.Exec.Command[0])
	if err != nil {
		return statusOf(err), err
	}
	opts, err := f.options()
	if err != nil {
		return exitExec, err
	}
	lines := &lineWriter{out: os.Stderr}
	defer lines.Flush()
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	s, err := start(ctx, append(opts, testserver.WithLogger(f.logger(lines))))
	if err != nil {
		stop()
		return exitExec, f.explain(err)
	}
	variables, err := f.variables(s, s.Admin().ClientSecret)
	if err == nil {
		command := exec.Command(path, f.Exec.Command[1:]...) //nolint:noctx // signals end it
		command.Args[0] = f.Exec.Command[0]
		command.Env = environment(os.Environ(), variables)
		if isatty.IsTerminal(os.Stderr.Fd()) {
			// A shell looks like the one that started it.
			fmt.Fprintf(os.Stderr, "atm-testserver: ATM at %s until the command ends\n", s.PublicURL())
		}
		status, err = passThrough(command, stop)
	}
	deadline, cancel := context.WithTimeout(context.Background(), f.ShutdownTimeout)
	defer cancel()
	if err = errors.Join(err, s.Shutdown(deadline)); err != nil && status == 0 {
		status = exitExec
	}
	return status, err
}

// checkExec refuses what needs standard input or output, which are the command's.
func (f *flags) checkExec() error {
	for name, given := range map[string]bool{
		"--stop-on-stdin-close": f.StopOnStdinClose, "--seed -": f.Seed == stdin, "--print": f.Print != "",
	} {
		if given {
			return fmt.Errorf("%s cannot be used with exec: standard input and output are those of the command", name)
		}
	}
	return nil
}

// passThrough runs a command with the standard input, output and error of this
// process, and passes signals on to it. release gives up the handling of signals
// that was in place until now.
func passThrough(command *exec.Cmd, release func()) (status int, err error) {
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	received := make(chan os.Signal, 16)
	// The command ignores the signals that this process ignores.
	signal.Notify(received, slices.DeleteFunc(slices.Clone(passed), signal.Ignored)...)
	defer signal.Stop(received)
	release()
	if err := command.Start(); err != nil {
		return statusOf(err), err
	}
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-received:
				if !isFromTerminal(s) {
					_ = command.Process.Signal(s) // one that has ended needs none
				}
			case <-ended:
				return
			}
		}
	}()
	err = command.Wait()
	close(ended)
	if _, failed := errors.AsType[*exec.ExitError](err); !failed && err != nil {
		return exitExec, err
	}
	return exitStatus(command.ProcessState), nil
}

// statusOf is the exit status for a command that cannot be started.
func statusOf(err error) int {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return exitNotFound
	}
	return exitNotExecutable
}

// others are the provider's variables that would contradict those of the server.
var others = []string{"ATM_ACCESS_TOKEN", "ATM_ACCESS_TOKEN_FILE", "ATM_CLIENT_SECRET_FILE", "ATM_CA_CERT_FILE", "ATM_CA_CERT_PEM"}

// environment is an environment with the server's variables instead of those of
// another server.
func environment(inherited []string, variables []variable) []string {
	all := slices.DeleteFunc(inherited, func(assignment string) bool {
		name, _, _ := strings.Cut(assignment, "=")
		return slices.Contains(others, name)
	})
	for _, v := range variables {
		all = append(all, v.name+"="+v.value) // the last one counts
	}
	return all
}
