package main_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A shell looks like the one that started it, so a terminal says where its server
// is. (That pipelines get no such line is a part of the other tests of exec.)
func TestExec_SaysOnATerminalThatTheServerRuns(t *testing.T) {
	t.Parallel()
	needShell(t)
	screen, terminal := openTerminal(t)
	command := exec.CommandContext(t.Context(), binary, withShell(`echo "runs with $ATM_ENDPOINT" >&2`)...)
	var stdout strings.Builder
	command.Stdout, command.Stderr = &stdout, terminal
	if err := command.Run(); err != nil {
		t.Fatal(err)
	}
	_ = terminal.Close()
	shown, _ := io.ReadAll(screen) // Linux ends it with an error
	want := regexp.MustCompile(`^atm-testserver: ATM at (http://127\.0\.0\.1:\d+) until the command ends\r\nruns with (\S+)\r\n$`)
	if found := want.FindStringSubmatch(string(shown)); found == nil || found[1] != found[2] || stdout.String() != "" {
		t.Errorf("the terminal shows %q, standard output is %q, want a line that matches %s", shown, stdout.String(), want)
	}
}

// openTerminal returns both sides of a pseudoterminal: what it shows, and the
// terminal of a process.
func openTerminal(t *testing.T) (screen, terminal *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	return screen, terminal
}
