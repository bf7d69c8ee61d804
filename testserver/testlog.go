package testserver

import (
	"context"
	"log/slog"
	"sync"
	"testing"
)

// testLog passes on to a test's own log what failed inside its server, until
// the test has ended. A failed test then says why a request got a 500.
func testLog(t testing.TB) *slog.Logger {
	t.Helper()
	w := &testWriter{t: t}
	t.Cleanup(w.end)
	return slog.New(faultsOnly{slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelError})})
}

// faultsOnly leaves out the lines of requests: tests order responses of 500.
type faultsOnly struct{ slog.Handler }

func (h faultsOnly) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "request" {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (h faultsOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return faultsOnly{h.Handler.WithAttrs(attrs)}
}

func (h faultsOnly) WithGroup(name string) slog.Handler { return faultsOnly{h.Handler.WithGroup(name)} }

type testWriter struct {
	mu sync.Mutex
	t  testing.TB // nil once the test has ended: it must not log any more
}

func (w *testWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.t != nil {
		w.t.Logf("testserver: %s", p)
	}
	return len(p), nil
}

func (w *testWriter) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t = nil
}
