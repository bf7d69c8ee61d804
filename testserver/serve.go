package testserver

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Limits of connections.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 30 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

// serve begins to accept requests.
func (s *Server) serve() {
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: s.config.headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.config.logger.Handler(), slog.LevelWarn),
		ConnState:         s.fresh.track,
	}
	serve := s.http.Serve
	if s.identity != nil {
		s.http.TLSConfig = s.identity.server
		serve = func(l net.Listener) error { return s.http.ServeTLS(l, "", "") }
	}
	go func() {
		defer close(s.done)
		if err := serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.serveErr = fmt.Errorf("serve: %w", err)
			s.config.logger.Error("the listener failed", "error", err)
		}
	}()
}

// freshConns are connections that have sent nothing yet. http.Server.Shutdown
// would wait five seconds for each of them, and clients like to open one more
// than they use.
type freshConns struct {
	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
}

func (f *freshConns) track(conn net.Conn, state http.ConnState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if state != http.StateNew {
		delete(f.conns, conn)
		return
	}
	if f.closed {
		_ = conn.Close()
		return
	}
	if f.conns == nil {
		f.conns = map[net.Conn]struct{}{}
	}
	f.conns[conn] = struct{}{}
}

func (f *freshConns) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for conn := range f.conns {
		_ = conn.Close()
	}
}
