//go:build unix

package sandbox

import (
	"os/exec"
	"syscall"
)

// ownGroup puts cmd in a process group of its own: Ctrl-C at the terminal
// reaches only this process, which then ends its children in order.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends what a command left in its process group, such as the provider
// of a Terraform that was killed.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}
