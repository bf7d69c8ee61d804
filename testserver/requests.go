package testserver

import (
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

// Request is one request that the server has responded to, or whose connection
// a fault has dropped. It holds no query, no header and no body, and so no
// secret.
type Request struct {
	// Method is the HTTP method.
	Method string
	// Path is the path. An id of an object that the server does not have is
	// masked (***), as is everything else that may be a secret.
	Path string
	// Status is the response's, 0 when the connection was dropped.
	Status int
	// RequestID is the value of X-Request-Id.
	RequestID string
	// At is the server's time.
	At time.Time
}

// Requests returns the last 10,000 requests, oldest first. The test-control API, health checks, metrics and the console
// are not among them. A request is in the list before its response is sent.
func (s *Server) Requests() []Request {
	entries, _ := s.journal.Entries()
	requests := make([]Request, len(entries))
	for i, e := range entries {
		requests[i] = Request(e)
	}
	return requests
}

// CountRequests returns how many of Requests have that method (all, when it is
// empty) and a path that matches the glob (see Fault.Path; all, when it is
// empty). It panics on a glob with a mistake.
func (s *Server) CountRequests(method, path string) int {
	if path != "" && !doublestar.ValidatePattern(path) {
		panic("testserver: " + path + " is not a glob")
	}
	entries, _ := s.journal.Entries()
	n := 0
	for _, e := range entries {
		if method != "" && e.Method != method {
			continue
		}
		if path != "" && !doublestar.MatchUnvalidated(path, e.Path) {
			continue
		}
		n++
	}
	return n
}

// ForgetRequests empties the journal, so that a test counts from here on.
func (s *Server) ForgetRequests() { s.journal.Clear() }

var _ = Request(testcontrol.Entry{}) // both have the same fields
