package testserver

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/go-chi/chi/v5/middleware"
)

// resetting keeps Reset and requests apart: Reset waits for requests that use
// the store, and those wait for Reset. It never waits for a client: a request
// lets go while the server reads its body and while it writes the response.
type resetting struct {
	sync.RWMutex
	epoch int // counts resets
}

// errReset ends a request whose body arrived after a reset. What it was allowed
// to do, it was allowed to do before.
var errReset = errors.New("the server was reset")

// apart is middleware for requests that use the store.
func (g *resetting) apart(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		var content bytes.Buffer
		kept.Discard()
		kept.Tee(&content)
		g.serve(next, kept, r)
		if status := kept.Status(); status != 0 {
			w.WriteHeader(status)
		}
		if content.Len() > 0 {
			_, _ = w.Write(content.Bytes()) // a client that is gone is not the server's error
		}
	})
}

func (g *resetting) serve(next http.Handler, w http.ResponseWriter, r *http.Request) {
	g.RLock()
	defer g.RUnlock()
	if r.Body != nil && r.Body != http.NoBody {
		outside := *r
		outside.Body = &outsideBody{ReadCloser: r.Body, gate: g, epoch: g.epoch}
		r = &outside
	}
	next.ServeHTTP(w, r)
}

// outsideBody lets go of the lock while it waits for the client.
type outsideBody struct {
	io.ReadCloser
	gate  *resetting
	epoch int
}

func (b *outsideBody) Read(p []byte) (int, error) {
	b.gate.RUnlock()
	n, err := b.ReadCloser.Read(p)
	b.gate.RLock()
	if b.gate.epoch != b.epoch {
		return 0, errReset
	}
	return n, err
}
