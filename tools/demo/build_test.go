package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestPluginPath_IsWhereInitLooks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got, err := pluginPath(dir, "registry.opentofu.org")
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(dir, "registry.opentofu.org", "tci-pf", "atm", providerVersion,
		runtime.GOOS+"_"+runtime.GOARCH, executable("terraform-provider-atm_v"+providerVersion))
	if got != want {
		t.Errorf("pluginPath = %s, want %s", got, want)
	}
	if _, err := os.Stat(filepath.Dir(got)); err != nil {
		t.Error(err)
	}
}

func TestCopyConfiguration_LeavesStateBehind(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "to")
	for _, name := range []string{"main.tf", "terraform.tfstate", ".terraform.lock.hcl"} {
		if err := os.WriteFile(filepath.Join(from, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyConfiguration(from, to); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(to)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != "main.tf" {
		t.Errorf("copied %v, want main.tf alone", entries)
	}
	if err := copyConfiguration(t.TempDir(), to); err == nil {
		t.Error("a directory without configuration is no error")
	}
}
