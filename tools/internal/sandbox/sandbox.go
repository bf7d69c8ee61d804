// Package sandbox runs Terraform and the reference server for the commands of
// tools/, apart from the caller's own Terraform settings and ATM credentials.
package sandbox

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Environ returns this process's environment without the caller's Terraform
// settings and ATM credentials.
func Environ() []string {
	return slices.DeleteFunc(os.Environ(), func(entry string) bool {
		return strings.HasPrefix(entry, "TF_") || strings.HasPrefix(entry, "ATM_") ||
			strings.HasPrefix(entry, "TERRAFORM_CONFIG=") // the old name of TF_CLI_CONFIG_FILE
	})
}

// Command returns a command that is interrupted when ctx ends, as by Ctrl-C, so
// that it can clean up. It is killed if it still runs a minute later.
func Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	ownGroup(cmd)
	return cmd
}

// Executable is the file name of a program on this system.
func Executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}
