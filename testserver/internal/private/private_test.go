package private_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/private"
)

func needModes(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("modes do not protect files on Windows")
	}
}

func modeOf(t *testing.T, name string) os.FileMode {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// directory returns a directory with that mode and those files.
func directory(t *testing.T, mode os.FileMode, files ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, mode); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestDir_CorrectsADirectoryOfTheServer(t *testing.T) {
	t.Parallel()
	needModes(t)
	for _, mode := range []os.FileMode{0o700, 0o750, 0o755, 0o777, 0o701, 0o710} {
		for _, files := range [][]string{nil, {"atm.db", "atm.db-wal", "atm.lock", "tls-ca.pem", "tls-ca.key"}} {
			dir := directory(t, mode, files...)
			if err := private.Dir(dir); err != nil || modeOf(t, dir) != 0o700 {
				t.Errorf("%o with %v: %v, and has mode %o", mode, files, err, modeOf(t, dir))
			}
		}
	}
	made := filepath.Join(t.TempDir(), "made", "here")
	if err := private.Dir(made); err != nil || modeOf(t, made) != 0o700 {
		t.Errorf("a new directory: %v, and has mode %o", err, modeOf(t, made))
	}
}

func TestDir_RefusesADirectoryThatHasOtherFiles(t *testing.T) {
	t.Parallel()
	needModes(t)
	dir := directory(t, 0o755, "atm.db", "notes.txt")
	err := private.Dir(dir)
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("got %v", err)
	}
	if modeOf(t, dir) != 0o755 {
		t.Error("the mode has changed")
	}
	if err := private.Dir(filepath.Join(dir, "atm")); err != nil {
		t.Errorf("the remedy does not work: %v", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := private.Dir(dir); err != nil {
		t.Errorf("the other remedy does not work: %v", err)
	}
}

func TestFile_TakesAccessFromOthers(t *testing.T) {
	t.Parallel()
	needModes(t)
	for _, mode := range []os.FileMode{0o600, 0o640, 0o644, 0o666, 0o604, 0o400} {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		if err := private.File(file); err != nil || modeOf(t, file)&0o077 != 0 {
			t.Errorf("%o: %v, and has mode %o", mode, err, modeOf(t, file))
		}
	}
	if err := private.File(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that does not exist: %v", err)
	}
}
