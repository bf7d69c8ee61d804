//go:build !unix

package main

import (
	"errors"
	"os"
	"os/exec"
)

// separate does nothing where there are no process groups to keep apart.
func separate(*exec.Cmd) {}

// killGroup does nothing where there are no process groups.
func killGroup(*exec.Cmd) {}

// detach does nothing where a child outlives its parent anyway.
func detach(*exec.Cmd) {}

func terminate(process *os.Process) error {
	err := process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
