package testcontrol

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/redact"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
)

// journalLength is how many requests a journal keeps.
const journalLength = 10_000

// Entry is one request as the journal keeps it.
type Entry struct {
	Method    string
	Path      string
	Status    int
	RequestID string
	At        time.Time
}

// Journal keeps the last 10,000 requests. The zero value is empty. It is safe
// for concurrent use.
type Journal struct {
	mu    sync.Mutex
	ring  []Entry
	next  int // where the oldest is once the ring buffer is full
	total int
}

// Entries returns what the journal keeps, oldest first, and how many requests
// there were since it was last emptied.
func (j *Journal) Entries() (kept []Entry, total int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Concat(j.ring[j.next:], j.ring[:j.next]), j.total
}

// Clear empties the journal.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ring, j.next, j.total = nil, 0, 0
}

func (j *Journal) add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.total++
	if len(j.ring) < journalLength {
		j.ring = append(j.ring, e)
		return
	}
	j.ring[j.next] = e
	j.next = (j.next + 1) % journalLength
}

// Middleware writes requests down, before the first byte of the response is
// sent: a client that has the response finds the entry. The test-control API,
// health checks, metrics and the console are not written down, since a test
// counts what its subject did.
func (j *Journal) Middleware(c clock.Clock, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if IsControl(r) || isProbe(r) {
			next.ServeHTTP(w, r)
			return
		}
		recorder := &recordingWriter{ResponseWriter: w, record: func(status int) {
			j.add(Entry{
				Method: redact.Method(r.Method), Path: redact.Path(r.URL.Path, status), Status: status,
				RequestID: requestid.From(r.Context()), At: c.Now(),
			})
		}}
		completed := false
		defer func() {
			switch {
			case recorder.recorded:
			case completed:
				recorder.once(http.StatusOK)
			default:
				recorder.once(0)
			}
		}()
		next.ServeHTTP(recorder, r)
		completed = true
	})
}

func isProbe(r *http.Request) bool {
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics":
		return true
	}
	return r.URL.Path == "/console" || strings.HasPrefix(r.URL.Path, "/console/")
}

// recordingWriter tells the status before it is sent.
type recordingWriter struct {
	http.ResponseWriter
	record   func(status int)
	recorded bool
	status   int
}

// Status is that of the response once it has begun, 0 before.
func (w *recordingWriter) Status() int { return w.status }

func (w *recordingWriter) once(status int) {
	if !w.recorded {
		w.recorded, w.status = true, status
		w.record(status)
	}
}

func (w *recordingWriter) WriteHeader(status int) {
	if status >= 200 {
		w.once(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recordingWriter) Write(p []byte) (int, error) {
	w.once(http.StatusOK)
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *recordingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
