// Command atm-testserver runs package testserver as a program: it maps flags and
// environment variables to the package's options, tells where the server is and
// who can administrate it, and waits for the end.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// version is set by the linker (-X main.version=…).
var version string

// programVersion is what the linker set, else what `go install …@version`
// leaves in the binary.
func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

// Exit statuses.
const (
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	var f flags
	parser, err := kong.New(&f,
		kong.Name("atm-testserver"), kong.Description(description), kong.DefaultEnvars(prefix),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"version": programVersion()})
	if err != nil {
		panic(err) // a mistake in the struct tags of flags
	}
	command, err := parser.Parse(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "atm-testserver: %v (atm-testserver --help lists the flags)\n", err)
		os.Exit(exitUsage)
	}
	collectLess()
	isExec := strings.HasPrefix(command.Command(), "exec")
	f.complete(isExec)
	if isExec {
		status, err := f.exec()
		if err != nil {
			fmt.Fprintf(os.Stderr, "atm-testserver: exec: %v\n", err)
		}
		os.Exit(status)
	}
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	defer stop()
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)

	run := f.serve
	if command.Command() == "healthcheck" {
		run = f.healthcheck
	}
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "atm-testserver: %v\n", err)
		os.Exit(exitFailure)
	}
}

// endings are the signals that end the server gracefully. SIGHUP is one, of a
// terminal that is closed, unless the program is to outlive that (nohup).
func endings() []os.Signal {
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// collectLess lets the heap grow to five times of what is in use before the
// garbage collector runs, instead of twice: what is in use are a few megabytes,
// and collecting them dozens of times a second under load would delay every
// response. GOGC takes precedence.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// serve runs the server until ctx ends, or standard input where that was asked
// for.
func (f *flags) serve(ctx context.Context) error {
	opts, err := f.options()
	if err != nil {
		return err
	}
	lines := &lineWriter{out: os.Stderr}
	defer lines.Flush()
	logger := f.logger(lines)
	s, err := start(ctx, append(opts, testserver.WithLogger(logger)))
	if err != nil {
		return f.explain(err)
	}
	if f.StopOnStdinClose {
		ctx = untilClosed(ctx, os.Stdin)
	}
	if err := f.announce(os.Stdout, s); err != nil {
		return errors.Join(fmt.Errorf("write to standard output: %w", err), s.Close())
	}
	logger.Info("ready", "url", s.URL, "version", programVersion())
	if f.PublicURL == "" && !isLoopback(f.Listen) {
		logger.Warn("the server listens beyond this machine, and metadata, pages and id tokens name the URL "+s.URL+
			": set --public-url to the URL that clients use", "listen", f.Listen)
	}

	select {
	case <-ctx.Done():
		logger.Info("shutting down", "cause", context.Cause(ctx).Error())
	case <-s.Done():
	}
	deadline, cancel := context.WithTimeout(context.Background(), f.ShutdownTimeout)
	defer cancel()
	return s.Shutdown(deadline)
}

// isLoopback reports whether only this machine reaches an address.
func isLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// start makes the server, unless ctx ends first: it waits for a database that
// does not respond, and its caller may stop waiting.
func start(ctx context.Context, opts []testserver.Option) (*testserver.Server, error) {
	type outcome struct {
		server *testserver.Server
		err    error
	}
	started := make(chan outcome, 1)
	go func() {
		s, err := testserver.New(opts...)
		started <- outcome{s, err}
	}()
	select {
	case o := <-started:
		return o.server, o.err
	case <-ctx.Done():
		return nil, fmt.Errorf("stopped before it was ready: %w", context.Cause(ctx))
	}
}

// explain adds what to do about an error that many will meet.
func (f *flags) explain(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; another process uses that port: choose another with --listen, or a free one with --listen 127.0.0.1:0", err)
	}
	return err
}

var errStdinClosed = errors.New("standard input was closed")

// untilClosed returns a context that ends when in does.
func untilClosed(ctx context.Context, in io.Reader) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, in) // an error is an end as well
		cancel(errStdinClosed)
	}()
	return ctx
}

func (f *flags) logger(out io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		panic(err) // the flag allows no other
	}
	opts := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(out, opts))
	}
	return slog.New(slog.NewTextHandler(out, opts))
}
