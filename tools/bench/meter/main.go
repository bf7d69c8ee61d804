// Command meter is installed in place of a provider, runs the provider, and
// writes down what it used until its end, as the operating system reports it:
// CPU time and the most memory that was resident. Terraform starts several
// provider processes for each command; each leaves a line.
//
// It costs a process and no more: the provider has Terraform's own standard
// streams and speaks to it directly. "make bench" uses it where it counts CPU
// time and memory, never where it measures how long something takes.
//
// Environment: BENCH_METER_PROGRAM is the provider, BENCH_METER_FILE where
// the lines go, each a JSON object {"cpuMicros", "residentBytes"}.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
)

func main() {
	code, err := run()
	if err != nil {
		fmt.Fprintf(os.Stderr, "meter: %s\n", err)
		os.Exit(1)
	}
	os.Exit(code)
}

func run() (exitCode int, err error) {
	// The provider gets the interrupt too: both are in one process group.
	signal.Ignore(os.Interrupt)
	cmd := exec.Command(os.Getenv("BENCH_METER_PROGRAM"), os.Args[1:]...) //nolint:noctx // it ends when Terraform ends it
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	return cmd.ProcessState.ExitCode(), note(cmd.ProcessState)
}

func note(ended *os.ProcessState) error {
	line, err := json.Marshal(struct {
		CPUMicros     int64 `json:"cpuMicros"`
		ResidentBytes int64 `json:"residentBytes"`
	}{(ended.UserTime() + ended.SystemTime()).Microseconds(), resident(ended)})
	if err != nil {
		return err
	}
	file, err := os.OpenFile(os.Getenv("BENCH_METER_FILE"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(line, '\n'))
	return errors.Join(err, file.Close())
}
