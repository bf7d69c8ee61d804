package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// describeMachine says on what the figures were measured, and how busy it was.
func describeMachine(ctx context.Context, with *sandbox.Terraform) string {
	text := fmt.Sprintf("%s/%s, %d × %s, %s, %s %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(),
		runtime.Version(), with.Product, with.Version)
	if revision := revision(ctx); revision != "" {
		text += ", commit " + revision
	}
	if load := loadAverage(); load != "" {
		text += ", load average at the start " + load
	}
	return text + "."
}

// processor is the processor's name, on systems that have it in a file.
func processor() string {
	content, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "cores"
	}
	for line := range strings.Lines(string(content)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "cores"
}

func loadAverage() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(content), " ")
	return first
}

// revision is the commit that is measured, with a + where files differ from it.
func revision(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	printed, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty=+", "--exclude=*").Output()
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(printed))
}
