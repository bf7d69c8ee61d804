package observe

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
)

type notesKey struct{}

type notebook struct {
	mu    sync.Mutex
	attrs []slog.Attr
}

// WithNotes returns middleware that lets the rooms within add to the line of
// their request by Note. It stands around Requests.
func WithNotes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), notesKey{}, &notebook{})))
	})
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
