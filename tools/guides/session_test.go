//go:build unix

package guides

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// session is a shell that gets one step of a guide after another, as from a
// reader's terminal. A command such as "atm-testserver exec -- bash" gets the
// steps that follow, until "exit".
type session struct {
	cmd     *exec.Cmd
	input   io.Writer
	printed *bufio.Reader
	scratch string // a directory for the text of the steps
	steps   int
}

// begin starts a shell in a new directory. The end of ctx kills it, with
// everything that it started.
func begin(ctx context.Context, dir, scratch string, environ []string) (*session, error) {
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Mkdir(scratch, 0o700)); err != nil {
		return nil, err
	}
	s := &session{cmd: exec.CommandContext(ctx, "bash"), scratch: scratch}
	s.cmd.Dir, s.cmd.Env = dir, environ
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.cmd.Cancel = s.kill
	s.cmd.WaitDelay = time.Second
	var err error
	if s.input, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer write.Close()
	s.cmd.Stdout, s.cmd.Stderr, s.printed = write, write, bufio.NewReader(read)
	return s, s.cmd.Start()
}

func (s *session) kill() error { return syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) }

// end ends the shell and what it started.
func (s *session) end() error {
	killed := s.kill()
	if errors.Is(killed, syscall.ESRCH) {
		killed = nil // they have ended
	}
	_ = s.cmd.Wait() // a shell that was killed is no success
	return killed
}

const mark = "the-step-has-ended-with"

// run takes a step, and returns what its commands print.
func (s *session) run(step *step) (printed string, err error) {
	s.steps++
	file := filepath.Join(s.scratch, strconv.Itoa(s.steps))
	if err := os.WriteFile(file, []byte(step.text), 0o600); err != nil {
		return "", err
	}
	var lines string
	switch {
	case step.file != "":
		to := "'" + step.file + "'"
		into := ">"
		if step.appends {
			into = ">>"
		}
		lines = fmt.Sprintf("mkdir -p \"$(dirname %s)\" && cat '%s' %s %s", to, file, into, to)
	case step.fails:
		lines = fmt.Sprintf("(set -e; . '%s'); [ $? != 0 ]", file)
	default:
		// A failure ends this shell: the mark is then missing.
		lines = fmt.Sprintf("set -e\n. '%s'", file)
	}
	if _, err := fmt.Fprintf(s.input, "%s\nprintf '\\n%s %%d\\n' $?\nset +e\n", lines, mark); err != nil {
		return "", err
	}
	return s.read()
}

// read returns what is printed until the mark.
func (s *session) read() (string, error) {
	var printed strings.Builder
	for {
		line, err := s.printed.ReadString('\n')
		switch {
		case line == mark+" 0\n":
			return printed.String(), nil
		case strings.HasPrefix(line, mark):
			return printed.String(), errors.New("it succeeded, and the guide says that it fails")
		}
		printed.WriteString(line)
		if err != nil {
			return printed.String(), errors.New("it failed, or did not end in time")
		}
	}
}
