//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// resident is the most memory that the process had resident, in bytes.
func resident(ended *os.ProcessState) int64 {
	usage, ok := ended.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	most := int64(usage.Maxrss) //nolint:unconvert // it is an int32 on 32-bit systems
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return most
	}
	return most << 10 // in KiB on other systems (getrusage(2))
}
