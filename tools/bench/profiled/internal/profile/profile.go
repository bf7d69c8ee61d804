// Package profile writes the CPU profile of a whole process, and its heap at
// the end, for the profiled builds of "make bench".
package profile

import (
	"fmt"
	"os"
	"runtime/pprof"
)

// Start begins a CPU profile in a file that begins as BENCH_PROFILE_PREFIX
// says and is named by the process's id: Terraform starts many. stop ends it
// and writes the heap's allocations beside it. Without the variable nothing is
// written.
func Start() (stop func() error, err error) {
	prefix := os.Getenv("BENCH_PROFILE_PREFIX")
	if prefix == "" {
		return func() error { return nil }, nil
	}
	prefix = fmt.Sprintf("%s-%d", prefix, os.Getpid())
	file, err := os.Create(prefix + ".cpu.pprof")
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		if err := file.Close(); err != nil {
			return err
		}
		return allocations(prefix + ".allocs.pprof")
	}, nil
}

func allocations(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := pprof.Lookup("allocs").WriteTo(file, 0); err != nil {
		return err
	}
	return file.Close()
}
