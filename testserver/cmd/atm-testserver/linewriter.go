package main

import (
	"io"
	"sync"
	"time"
)

// batch is for how long lines of the log are gathered when they come fast.
const batch = 10 * time.Millisecond

// lineWriter gathers lines that come within a few milliseconds of one another
// and writes them together: with thousands of requests a second, a system call
// for each line takes longer than many an answer. A line that comes alone is
// written at once.
type lineWriter struct {
	out io.Writer

	mu      sync.Mutex
	pending []byte
	written time.Time // when out was last written to
	waiting bool      // a flush is due
}

// Write never fails: a log that cannot be written is no reason to stop.
func (w *lineWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = append(w.pending, line...)
	switch {
	case w.waiting:
	case time.Since(w.written) >= batch:
		w.flush()
	default:
		w.waiting = true
		time.AfterFunc(batch, w.Flush)
	}
	return len(line), nil
}

// Flush writes what was gathered.
func (w *lineWriter) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = false
	w.flush()
}

func (w *lineWriter) flush() {
	if len(w.pending) > 0 {
		_, _ = w.out.Write(w.pending)
		w.pending, w.written = w.pending[:0], time.Now()
	}
}
