// Package private keeps the files of a data directory unreadable for other
// users of the machine. It corrects modes where it can, and refuses the rest, as
// ssh refuses a private key that others can read.
package private

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	others   = 0o077 // permission bits of group and others
	dirMode  = 0o700
	fileMode = 0o600
)

// Dir makes the directory, where it does not exist, for its owner only. A
// directory that others can access is corrected if it has only the server's
// files. It is refused if it has other files as well, so that the server never
// closes a directory such as /tmp to all other users.
func Dir(dir string) error {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil || !shared(info) {
		return err
	}
	if !exclusive(dir) {
		return tooOpen(dir, info, "it also contains files that are not the server's")
	}
	if err = restrict(dir, dirMode); err != nil {
		return tooOpen(dir, info, err.Error())
	}
	return nil
}

func tooOpen(dir string, info os.FileInfo, problem string) error {
	return fmt.Errorf("other users can access %s (mode %04o), and %s: "+
		"choose a directory that does not exist yet, such as %s, or run chmod 700 on this one",
		dir, info.Mode().Perm(), problem, filepath.Join(dir, "atm"))
}

// restrict changes a mode and looks whether that had an effect: some file
// systems ignore modes.
func restrict(name string, mode os.FileMode) error {
	failed := os.Chmod(name, mode)
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return err
	case !shared(info):
		return nil
	case failed != nil:
		return failed
	}
	return errors.New("its file system ignores changes of the mode")
}

// exclusive reports whether all files of a directory may be the server's. A new
// file system has lost+found in it.
func exclusive(dir string) bool {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, "atm.") && !strings.HasPrefix(name, "tls-ca.") && name != "lost+found" {
			return false
		}
	}
	return err == nil
}

// File takes access to a file from all users but its owner. A file that does
// not exist is an error that is os.ErrNotExist.
func File(file string) error {
	info, err := os.Stat(file)
	if err != nil || !shared(info) {
		return err
	}
	before := info.Mode().Perm()
	if err = restrict(file, fileMode); err != nil {
		return fmt.Errorf("other users can access %s (mode %04o), and %w: "+
			"run chmod 600 on it as its owner; others may have read it", file, before, err)
	}
	return nil
}

// shared reports whether the mode gives others any access. Windows protects
// files in another way, and Go makes up their modes there.
func shared(info os.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&others != 0
}
