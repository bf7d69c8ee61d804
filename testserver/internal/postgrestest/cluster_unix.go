//go:build unix

package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
// however that process ends, kill -9 included. A line of the input is a signal
// to the server, or asks to start it again where it has ended.
const keeper = `
launch() {
	"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
		-c deadlock_timeout=50ms -c max_connections=300 -c shared_buffers=64MB </dev/null >>"$2/log" 2>&1 &
	server=$!
}
launch "$1" "$2"
while read -r line; do
	case $line in
	start) kill -0 $server 2>/dev/null || launch "$1" "$2" ;;
	*) kill -"$line" $server; wait $server ;;
	esac
done
kill -QUIT $server
wait $server
rm -rf "$2"
`

// cluster is a running server.
type cluster struct {
	url, dir string
	keeper   *exec.Cmd
	input    io.WriteCloser // the keeper's
}

// startCluster starts a server that listens on a socket in a directory that
// only its user (and root) can enter.
func startCluster() (*cluster, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	as, err := account()
	if err != nil {
		return nil, err
	}
	dir, err := directory(as)
	if err != nil {
		return nil, err
	}
	initdb := exec.CommandContext(context.Background(), filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"),
		"-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, &syscall.SysProcAttr{Credential: as}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	c := &cluster{url: "postgres://postgres@/postgres?host=" + dir, dir: dir}
	if err := c.keep(bin, as); err != nil {
		return nil, err
	}
	return c, c.await()
}

// keep starts the keeper.
func (c *cluster) keep(bin string, as *syscall.Credential) (err error) {
	shell := exec.CommandContext(context.Background(), "/bin/sh", "-c", keeper, "postgres-keeper", bin, c.dir)
	shell.Dir = c.dir
	// A group of its own: an interrupt of the tests stops it through its
	// standard input, in order.
	shell.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setpgid: true}
	if c.input, err = shell.StdinPipe(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	if err := shell.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	c.keeper = shell
	return nil
}

func (c *cluster) await() error {
	deadline := time.Now().Add(timeout)
	for {
		err := run(c.url, "SELECT 1")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
			return fmt.Errorf("postgres did not start: %w: %s", err, log)
		}
		// Where it has ended: the processes of a postmaster that was killed
		// keep the next one from starting until they have noticed.
		if err := c.tell("start"); err != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (c *cluster) tell(line string) error {
	if _, err := io.WriteString(c.input, line+"\n"); err != nil {
		return fmt.Errorf("tell the keeper of postgres: %w", err)
	}
	return nil
}

// stop ends the server and removes its directory.
func (c *cluster) stop() error {
	if err := c.input.Close(); err != nil {
		return fmt.Errorf("stop postgres: %w", err)
	}
	return c.keeper.Wait()
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
