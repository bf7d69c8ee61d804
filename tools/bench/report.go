package main

import (
	"fmt"
	"strings"
	"time"
)

// finding is one figure, ready to be read.
type finding struct {
	what   string
	ours   string
	floor  string // empty where there is none
	figure string // the ratio, the difference or the number that the goal is about
	goal   string // empty where there is none
	met    bool
}

// print prints a finding as it is found.
func (f finding) print() finding {
	fmt.Printf("  %s: %s", f.what, f.figure)
	if f.ours != "" {
		fmt.Printf(" (%s", f.ours)
		if f.floor != "" {
			fmt.Printf(" against %s", f.floor)
		}
		fmt.Print(")")
	}
	if f.goal != "" {
		fmt.Printf(", goal %s: %s", f.goal, f.result())
	}
	fmt.Println()
	return f
}

func (f finding) result() string {
	switch {
	case f.goal == "":
		return ""
	case f.met:
		return "met"
	}
	return "**missed**"
}

// table is the whole run as Markdown, for BENCHMARKS.md.
func table(found []finding, machine, command string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s, `%s`. %s\n\n", time.Now().Format("2006-01-02"), command, machine)
	out.WriteString("Ratios and differences are of pairs measured one after the other: median (smallest to largest).\n\n")
	out.WriteString("| what | measured | floor | figure | goal | |\n|---|---|---|---|---|---|\n")
	for _, f := range found {
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s |\n", f.what, f.ours, f.floor, f.figure, f.goal, f.result())
	}
	return out.String()
}
