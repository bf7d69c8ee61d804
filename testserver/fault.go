package testserver

import (
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

// Ways to drop a connection, for Fault.Drop.
const (
	// DropBefore closes the connection before the request is handled.
	DropBefore = testcontrol.DropBefore
	// DropAfter handles the request, so that what it changes is changed, and
	// closes the connection without a response.
	DropAfter = testcontrol.DropAfter
)

// Fault makes requests fail. A zero field leaves that part as it is; the zero
// Fault matches every request and does nothing to it.
type Fault struct {
	// Method is what the request's must be, in capitals. Empty matches all.
	Method string
	// Path is a glob that the request's path must match: * matches within a
	// segment, ** across segments, {a,b} either. Empty matches all. The
	// test-control API under /_test/ is never matched.
	Path string
	// Times is how many requests meet the fault; 0 is all until it is removed.
	Times int
	// Status, from 200 to 599, is returned in place of the server's response;
	// the server does not see the request.
	Status int
	// Headers are set on the response: on the fault's own, or, where neither
	// Status nor Body is given, on the server's.
	Headers map[string]string
	// Body is the body of the fault's response; its status is 200 where none is
	// given.
	Body string
	// Delay is waited before anything else, at most ten minutes.
	Delay time.Duration
	// Drop closes the connection without a response: DropBefore or DropAfter.
	Drop string
	// Truncate sends so many bytes of the response's body and closes the
	// connection.
	Truncate *int
}

// Fail arms a fault and returns what removes it. Faults apply in the order in
// which they were armed: a request meets all that match it until one responds,
// drops or truncates. So a delay for every request and a 503 for the next two
// are two faults.
//
// It panics on a fault that cannot be meant, such as a glob with a mistake or a
// status beside a drop, since that is a mistake in the test.
func (s *Server) Fail(f Fault) (remove func()) {
	remove, err := s.faults.Add(testcontrol.Fault(f))
	if err != nil {
		panic("testserver: " + err.Error())
	}
	return remove
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() { s.faults.Clear() }
