package observe

import (
	"context"
	"log/slog"
	"sync"
)

type notesKey struct{}

type notebook struct {
	mu    sync.Mutex
	attrs []slog.Attr
}

// Note adds attributes to the log line of the request that ctx belongs to: who
// asked, why it was refused. Never a secret.
func Note(ctx context.Context, attrs ...slog.Attr) {
	if n, ok := ctx.Value(notesKey{}).(*notebook); ok {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.attrs = append(n.attrs, attrs...)
	}
}

func notes(ctx context.Context) []slog.Attr {
	n, ok := ctx.Value(notesKey{}).(*notebook)
	if !ok {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.attrs
}
