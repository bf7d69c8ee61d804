package testserver

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/teststore"
)

// Start starts a server for a test and closes it when the test has ended. The
// test fails when it cannot start, and when a response is not as OpenAPI says.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := New(append([]Option{forTest(t)}, opts...)...)
	if err != nil {
		t.Fatalf("testserver: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("testserver: close: %v", err)
		}
	})
	return s
}

// forTest logs what fails inside the server, reports what in a response is not
// as the contract says (responses end before Close does, and so before the test
// is over), hashes passwords in no time, and permits issuers on this machine.
//
// This module's own tests run on PostgreSQL too, where teststore says so.
func forTest(t testing.TB) Option {
	t.Helper()
	return func(c *config) error {
		c.report = func(err error) { t.Errorf("testserver: not as openapi.yaml defines: %v", err) }
		c.passwords = password.Fast()
		c.privateIssuers = true
		c.logger = testLog(t)
		if teststore.DatabaseURL != nil {
			c.defaultDatabase = func() string { return teststore.DatabaseURL(t) }
		}
		return nil
	}
}
