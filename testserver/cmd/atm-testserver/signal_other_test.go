//go:build !unix

package main_test

import "os"

// terminate interrupts, since SIGTERM is Unix's.
func terminate(p *os.Process) error { return p.Signal(os.Interrupt) }

func hangUp(p *os.Process) error { return terminate(p) }
