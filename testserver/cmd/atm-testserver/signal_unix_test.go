//go:build unix

package main_test

import (
	"os"
	"syscall"
)

func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

func hangUp(p *os.Process) error { return p.Signal(syscall.SIGHUP) }
