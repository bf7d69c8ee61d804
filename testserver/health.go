package testserver

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// readyWithin bounds a readiness check.
const readyWithin = 2 * time.Second

// probeEvery is how long the outcome of a write and a signature that succeeded
// counts: a flood of readiness checks must not cost a flood of writes.
const probeEvery = 100 * time.Millisecond

type health struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// serveHealth responds as long as the process runs.
func serveHealth(w http.ResponseWriter, _ *http.Request) {
	writeHealth(w, http.StatusOK, health{Status: "ok"})
}

// serveReadiness reports whether requests should be sent here.
func (s *Server) serveReadiness(w http.ResponseWriter, r *http.Request) {
	if reason := s.unready(r.Context()); reason != "" {
		writeHealth(w, http.StatusServiceUnavailable, health{Status: "unavailable", Reason: reason})
		return
	}
	writeHealth(w, http.StatusOK, health{Status: "ok"})
}

// unready returns why the server is not ready, or nothing.
func (s *Server) unready(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if s.closing.Err() != nil {
		return "the server is shutting down"
	}
	if err := s.store.Ping(ctx); err != nil {
		return "the database does not respond"
	}
	if _, _, err := s.keys.JWKS(ctx); err != nil {
		return "there is no signing key"
	}
	if last := s.probed.Load(); last != nil && time.Since(*last) < probeEvery {
		return ""
	}
	if err := s.store.Direct(ctx).ProbeWrite(s.Clock.Now()); err != nil {
		s.config.logger.WarnContext(ctx, "not ready: the server cannot write to the database", "error", err)
		return "the server cannot write to the database"
	}
	if err := s.keys.Probe(); err != nil {
		s.config.logger.ErrorContext(ctx, "not ready: the server cannot sign", "error", err)
		return "the server cannot sign"
	}
	now := time.Now()
	s.probed.Store(&now)
	return ""
}

func writeHealth(w http.ResponseWriter, status int, h health) {
	body, err := json.Marshal(h)
	if err != nil {
		panic(err) // only strings: cannot fail
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
