package observe

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/redact"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
)

// Requests returns middleware for a chi router that logs and, unless m is nil,
// counts each request. A connection that was dropped without a response has
// status 0.
func Requests(log *slog.Logger, m Metrics) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			wrapped := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			if m != nil {
				m.RequestBegins()
			}
			completed := false
			defer func() {
				status := wrapped.Status()
				if status == 0 && completed {
					status = http.StatusOK
				}
				took := time.Since(start)
				if m != nil {
					m.RequestEnds(method(r), route(r), status, took)
				}
				logRequest(log, r, status, wrapped.BytesWritten(), took)
			}()
			next.ServeHTTP(wrapped, r)
			completed = true
		})
	}
}

func logRequest(log *slog.Logger, r *http.Request, status, bytes int, took time.Duration) {
	ctx := context.WithoutCancel(r.Context()) // the client may have gone
	level := slog.LevelInfo
	switch {
	case status >= 500:
		level = slog.LevelError
	case slices.Contains(probes, r.URL.Path):
		level = slog.LevelDebug
	}
	if !log.Enabled(ctx, level) {
		return
	}
	attrs := append(make([]slog.Attr, 0, 16),
		slog.String("method", redact.Method(r.Method)),
		slog.String("path", redact.Path(r.URL.Path, status)),
		slog.Int("status", status),
		slog.Int("bytes", bytes),
		slog.Duration("took", took),
		slog.String("request_id", requestid.From(ctx)),
		slog.String("peer", peer(r)),
	)
	if r.URL.RawQuery != "" {
		attrs = append(attrs, slog.String("query", redact.Query(r.URL.RawQuery)))
	}
	// LogAttrs would look up the caller, which the log does not show.
	line := slog.NewRecord(time.Now(), level, "request", 0)
	line.AddAttrs(append(attrs, notes(ctx)...)...)
	_ = log.Handler().Handle(ctx, line) // as LogAttrs does
}

// probes are asked every few seconds by machines.
var probes = []string{"/healthz", "/readyz", "/metrics"}

func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// route is the pattern that a request matched, which has few values, unlike
// its path.
func route(r *http.Request) string {
	c := chi.RouteContext(r.Context())
	if c == nil || len(c.RoutePatterns) == 0 {
		return "none"
	}
	// A router of its own within another's wildcard has whole paths.
	if last := c.RoutePatterns[len(c.RoutePatterns)-1]; strings.HasPrefix(last, "/api/") {
		return last
	}
	if pattern := c.RoutePattern(); pattern != "" && pattern != "/*" {
		return pattern
	}
	return "none"
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// method keeps the label's values few, for any method that callers send.
func method(r *http.Request) string {
	if slices.Contains(methods, r.Method) {
		return r.Method
	}
	return "other"
}
