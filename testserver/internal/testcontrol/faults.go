package testcontrol

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/net/http/httpguts"
)

// When a connection is dropped.
const (
	DropBefore = "before"
	DropAfter  = "after"
)

const longestDelay = 10 * time.Minute

// Fault makes matching requests fail. The zero value of a field leaves that
// part of the response as it is.
type Fault struct {
	Method   string
	Path     string
	Times    int
	Status   int
	Headers  map[string]string
	Body     string
	Delay    time.Duration
	Drop     string
	Truncate *int
}

// responds reports whether the fault takes the handler's place.
func (f *Fault) responds() bool { return f.Status != 0 || f.Body != "" }

// ends reports whether later faults do not apply to a request that met this
// one.
func (f *Fault) ends() bool { return f.responds() || f.Drop != "" || f.Truncate != nil }

func (f *Fault) matches(r *http.Request) bool {
	if f.Method != "" && f.Method != r.Method {
		return false
	}
	if f.Path == "" {
		return true
	}
	ok, err := doublestar.Match(f.Path, r.URL.Path)
	return err == nil && ok
}

// InvalidFaultError says which field of a fault cannot be meant.
type InvalidFaultError struct {
	// Field is the field's name in the contract.
	Field string
	// Problem completes a sentence that begins with the field.
	Problem string
}

// Error returns field and problem as one sentence.
func (e *InvalidFaultError) Error() string { return "fault: " + e.Field + " " + e.Problem }

func (f *Fault) check() error {
	switch {
	case f.Method != "" && !httpguts.ValidHeaderFieldName(f.Method):
		return &InvalidFaultError{"method", "is not the name of an HTTP method"}
	case f.Method != strings.ToUpper(f.Method):
		return &InvalidFaultError{"method", "must be in capitals: methods are case-sensitive"}
	case f.Path != "" && !doublestar.ValidatePattern(f.Path):
		return &InvalidFaultError{"path", "is not a glob"}
	case f.Times < 0:
		return &InvalidFaultError{"times", "must not be negative"}
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return &InvalidFaultError{"status", "must be between 200 and 599"}
	case f.Delay < 0 || f.Delay > longestDelay:
		return &InvalidFaultError{"delayMs", fmt.Sprintf("must be between 0 and %d", longestDelay.Milliseconds())}
	case f.Drop != "" && f.Drop != DropBefore && f.Drop != DropAfter:
		return &InvalidFaultError{"drop", "must be before or after"}
	case f.Drop != "" && (f.responds() || f.Truncate != nil):
		return &InvalidFaultError{"drop", "sends no response, so it cannot be combined with status, body or truncate"}
	case f.Truncate != nil && *f.Truncate < 0:
		return &InvalidFaultError{"truncate", "must not be negative"}
	}
	for name, value := range f.Headers {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return &InvalidFaultError{"headers", "has a name or a value that HTTP does not allow"}
		}
	}
	return nil
}

// Faults are the faults of a server, in the order in which they were added. The
// zero value has none. It is safe for concurrent use.
type Faults struct {
	mu      sync.Mutex
	list    []*armed
	present atomic.Bool
}

type armed struct {
	Fault
	left int // how many requests it still meets; meaningless where Times is 0
}

// Add arms a fault and returns what removes it. The error is an
// *InvalidFaultError.
func (f *Faults) Add(fault Fault) (remove func(), err error) {
	if err := fault.check(); err != nil {
		return nil, err
	}
	a := &armed{Fault: fault, left: fault.Times}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keep(append(f.list, a))
	return func() { f.remove(a) }, nil
}

// Clear removes all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keep(nil)
}

func (f *Faults) remove(gone *armed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var rest []*armed
	for _, a := range f.list {
		if a != gone {
			rest = append(rest, a)
		}
	}
	f.keep(rest)
}

func (f *Faults) keep(list []*armed) {
	f.list = list
	f.present.Store(len(list) > 0)
}

// take returns the faults that a request meets, and counts them down.
func (f *Faults) take(r *http.Request) []Fault {
	if !f.present.Load() {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var met []Fault
	var rest []*armed
	over := false
	for _, a := range f.list {
		if over || !a.matches(r) {
			rest = append(rest, a)
			continue
		}
		met = append(met, a.Fault)
		over = a.ends()
		if a.left--; a.Times == 0 || a.left > 0 {
			rest = append(rest, a)
		}
	}
	f.keep(rest)
	return met
}

// Middleware lets matching requests fail. It does not touch the test-control
// API, which could not remove a fault if it failed too. Delays end early when
// closing is done.
func (f *Faults) Middleware(closing context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if IsControl(r) {
			next.ServeHTTP(w, r)
			return
		}
		for _, fault := range f.take(r) {
			if err := pause(r.Context(), closing, fault.Delay); err != nil {
				panic(http.ErrAbortHandler) // no client waits for the response
			}
			if len(fault.Headers) > 0 {
				w = &headerWriter{ResponseWriter: w, add: fault.Headers}
			}
			if fault.ends() {
				fault.serve(w, r, next)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

var errGone = errors.New("the client has gone")

func pause(request, closing context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-closing.Done():
		return nil
	case <-request.Done():
		return errGone
	}
}

func (f *Fault) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	switch f.Drop {
	case DropBefore:
		panic(http.ErrAbortHandler)
	case DropAfter:
		next.ServeHTTP(&nowhere{header: w.Header().Clone()}, r)
		panic(http.ErrAbortHandler)
	}
	if f.Truncate != nil {
		cut := &truncatingWriter{ResponseWriter: w, left: *f.Truncate}
		f.respond(cut, r, next)
		// Buffered bytes would be lost with the connection.
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	f.respond(w, r, next)
}

func (f *Fault) respond(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if !f.responds() {
		next.ServeHTTP(w, r)
		return
	}
	status := f.Status
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(f.Body)) // a status without a body refuses it
}
