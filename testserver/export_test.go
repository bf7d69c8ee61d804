package testserver

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Sweep removes what has expired, as the server does every five minutes.
func (s *Server) Sweep(ctx context.Context) { s.sweep(ctx, fmt.Sprintf("%p", s)) }

// LookAfterKeys does for the signing keys what the server does every five
// seconds of the machine's time.
func (s *Server) LookAfterKeys(ctx context.Context) error { return s.keys.Maintain(ctx) }

// OnPostgreSQL tells where the server keeps its data.
func (s *Server) OnPostgreSQL() bool { return s.config.store.DatabaseURL != "" }

// WithTimeouts shortens what a server waits for: a client's headers, its body,
// and a response of PostgreSQL.
func WithTimeouts(headers, body, database time.Duration) Option {
	return func(c *config) error {
		c.headerTimeout, c.bodyTimeout, c.store.Patience = headers, body, database
		return nil
	}
}

// WithAbsentDatabase is WithDatabaseURL without the wait for a database that is
// not up yet.
func WithAbsentDatabase(databaseURL string) Option {
	return func(c *config) error {
		c.store.DatabaseURL, c.store.StartTimeout = databaseURL, time.Millisecond
		return nil
	}
}

// WithWriteTimeout shortens how long a client may take to receive a response.
func WithWriteTimeout(d time.Duration) Option {
	return func(c *config) error { c.writeTimeout = d; return nil }
}

// TryStart is Start for a server that may refuse to start.
func TryStart(t testing.TB, opts ...Option) (*Server, error) {
	t.Helper()
	s, err := New(append([]Option{forTest(t)}, opts...)...)
	if err == nil {
		t.Cleanup(func() { _ = s.Close() }) // a test that ends it itself looks at the error
	}
	return s, err
}
