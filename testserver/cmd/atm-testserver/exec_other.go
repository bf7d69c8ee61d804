//go:build !unix

package main

import "os"

// passed are the signals that exec passes on to its command.
var passed = []os.Signal{os.Interrupt}

// isFromTerminal is true: a console sends Ctrl-C to all its processes, and there
// is no other signal.
func isFromTerminal(os.Signal) bool { return true }

func exitStatus(state *os.ProcessState) int { return state.ExitCode() }
