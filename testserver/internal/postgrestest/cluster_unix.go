//go:build unix

package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// keeper runs the server for as long as its standard input is open. The test
// process holds the other end, so that the server stops and its directory goes
// however that process ends, kill -9 included.
const keeper = `
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
	-c deadlock_timeout=50ms -c max_connections=300 -c shared_buffers=64MB </dev/null >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
rm -rf "$2"
`

// startCluster starts a server that listens on a socket in a directory that
// only its user (and root) can enter.
func startCluster() (string, error) {
	bin, err := findBinaries()
	if err != nil {
		return "", err
	}
	as, err := account()
	if err != nil {
		return "", err
	}
	dir, err := directory(as)
	if err != nil {
		return "", err
	}
	initdb := exec.CommandContext(context.Background(), filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"),
		"-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, &syscall.SysProcAttr{Credential: as}
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	if err := keep(bin, dir, as); err != nil {
		return "", err
	}
	base := "postgres://postgres@/postgres?host=" + dir
	return base, await(base, dir)
}

// keep starts the keeper. Its standard input is never closed by this process.
func keep(bin, dir string, as *syscall.Credential) error {
	shell := exec.CommandContext(context.Background(), "/bin/sh", "-c", keeper, "postgres-keeper", bin, dir)
	shell.Dir = dir
	// A group of its own: an interrupt of the tests stops it through its
	// standard input, in order.
	shell.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setpgid: true}
	if _, err := shell.StdinPipe(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	if err := shell.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	held = append(held, shell)
	return nil
}

// held keeps the pipes of running keepers from being collected and closed.
var held []*exec.Cmd

func await(base, dir string) error {
	deadline := time.Now().Add(timeout)
	for {
		err := run(base, "SELECT 1")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			return fmt.Errorf("postgres did not start: %w: %s", err, log)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// findBinaries returns the directory that holds initdb and postgres: the one
// in PATH, or the newest of those where packages put them.
func findBinaries() (string, error) {
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin",
		"/opt/homebrew/opt/postgresql*/bin"} {
		found, _ := filepath.Glob(pattern) // the patterns are well-formed
		slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
		dirs = append(dirs, found...)
	}
	for _, dir := range dirs {
		if exists(filepath.Join(dir, "initdb")) && exists(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	return "", errNone
}

// version is the number in the path of an installation, 0 without one.
func version(path string) int {
	n, _ := strconv.Atoi(strings.Trim(filepath.Base(filepath.Dir(path)), "abcdefghijklmnopqrstuvwxyz-@"))
	return n
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// account is the user to run as: PostgreSQL refuses root. Nil is oneself.
func account() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("root may not run PostgreSQL, and there is neither a user postgres nor nobody")
}

// directory makes the cluster's directory. A socket's path may have no more
// than about 100 characters.
func directory(as *syscall.Credential) (string, error) {
	parent := os.TempDir()
	if len(parent) > 60 {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "atm-postgres-")
	if err != nil {
		return "", fmt.Errorf("directory for PostgreSQL: %w", err)
	}
	if as != nil {
		if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
			return "", fmt.Errorf("directory for PostgreSQL: %w", err)
		}
	}
	return dir, nil
}
