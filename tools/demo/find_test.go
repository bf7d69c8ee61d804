package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// program writes a script of that name that prints text, and exits with status.
func program(t *testing.T, dir, name, text string, status int) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins for Terraform are shell scripts")
	}
	path := filepath.Join(dir, name)
	script := fmt.Sprintf("#!/bin/sh\necho '%s'\nexit %d\n", text, status)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// silent is a finder whose messages go to the test's log, with a releases site
// that counts requests and has nothing.
func silent(t *testing.T) (finder cliFinder, requests *atomic.Int32) {
	t.Helper()
	requests = &atomic.Int32{}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		http.NotFound(w, r)
	}))
	t.Cleanup(site.Close)
	return cliFinder{cache: filepath.Join(t.TempDir(), "cache"), baseURL: site.URL, tell: t.Logf}, requests
}

// These tests set PATH, so they do not run in parallel.

func TestFind_TakesWhatIsOnPath(t *testing.T) {
	tests := map[string]struct {
		terraform, tofu string // what each prints; empty: it is not there
		status          int    // of terraform
		want            string
		host            string
	}{
		"Terraform":                     {terraform: "Terraform v1.11.4", want: "Terraform 1.11.4", host: "registry.terraform.io"},
		"Terraform before OpenTofu":     {terraform: "Terraform v1.14.0", tofu: "OpenTofu v1.9.0", want: "Terraform 1.14.0", host: "registry.terraform.io"},
		"OpenTofu alone":                {tofu: "OpenTofu v1.9.0", want: "OpenTofu 1.9.0", host: "registry.opentofu.org"},
		"OpenTofu under the other name": {terraform: "OpenTofu v1.10.1", want: "OpenTofu 1.10.1", host: "registry.opentofu.org"},
		"Terraform is too old":          {terraform: "Terraform v1.7.5", tofu: "OpenTofu v1.8.0", want: "OpenTofu 1.8.0", host: "registry.opentofu.org"},
		"Terraform is broken":           {terraform: "Terraform v1.11.4", status: 1, tofu: "OpenTofu v1.8.0", want: "OpenTofu 1.8.0", host: "registry.opentofu.org"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			finder, requests := silent(t)
			dir := t.TempDir()
			t.Setenv("PATH", dir)
			if test.terraform != "" {
				program(t, dir, "terraform", test.terraform, test.status)
			}
			if test.tofu != "" {
				program(t, dir, "tofu", test.tofu, 0)
			}

			found, err := finder.find(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := found.product + " " + found.version; got != test.want {
				t.Errorf("found %s, want %s", got, test.want)
			}
			if got := found.registryHost(); got != test.host {
				t.Errorf("its default registry host is %s, want %s", got, test.host)
			}
			if n := requests.Load(); n != 0 {
				t.Errorf("%d requests to the releases site, want none", n)
			}
		})
	}
}

func TestFind_UsesWhatWasFetchedBefore(t *testing.T) {
	finder, requests := silent(t)
	t.Setenv("PATH", "")
	want := program(t, finder.cache, "terraform", "Terraform v"+fetchedVersion, 0)

	found, err := finder.find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if found.path != want {
		t.Errorf("found %s, want %s", found.path, want)
	}
	if n := requests.Load(); n != 0 {
		t.Errorf("%d requests to the releases site, want none", n)
	}
}

func TestFind_SaysWhatToInstallWhereNothingCanBeFetched(t *testing.T) {
	finder, requests := silent(t)
	t.Setenv("PATH", "")
	var told []string
	finder.tell = func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }

	_, err := finder.find(t.Context())
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"fetch Terraform", "install Terraform 1.8.0 or newer", "OpenTofu"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
	if requests.Load() == 0 {
		t.Error("the releases site was not asked")
	}
	if got := strings.Join(told, "\n"); !strings.Contains(got, "fetching Terraform "+fetchedVersion+" into "+finder.cache) {
		t.Errorf("it was not said that Terraform is fetched: %q", got)
	}
}
