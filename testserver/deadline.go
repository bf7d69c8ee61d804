package testserver

import (
	"net/http"
	"time"
)

// deadlined bounds how long a client may take to receive a response, counted
// from its first byte: a handler may take its time, and a fault may delay it.
// The console's stream of events sets a deadline of its own for each event.
func (s *Server) deadlined(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		timed := &deadlineWriter{ResponseWriter: w, timeout: s.config.writeTimeout}
		// For 100 Continue, which net/http writes when a handler reads the body.
		timed.extend()
		next.ServeHTTP(timed, r)
		if !timed.begun {
			timed.extend() // net/http sends an empty response
		}
	})
}

type deadlineWriter struct {
	http.ResponseWriter
	timeout time.Duration
	begun   bool
}

func (w *deadlineWriter) extend() {
	// A writer that has no connection, as in tests of handlers, cannot do it.
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(w.timeout))
}

func (w *deadlineWriter) begin() {
	if !w.begun {
		w.begun = true
		w.extend()
	}
}

// WriteHeader implements http.ResponseWriter.
func (w *deadlineWriter) WriteHeader(status int) {
	if status >= 200 {
		w.begin()
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *deadlineWriter) Write(p []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *deadlineWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
