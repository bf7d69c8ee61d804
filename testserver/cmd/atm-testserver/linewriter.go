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
// for each line takes longer than many responses. A single line is written at
// once.
type lineWriter struct {
	out io.Writer

	mu      sync.Mutex
	pending []byte
	written time.Time // when out was last written to
	due     bool      // a flush is on its way

	// writing is held while out is written to, so that lines keep their order
	// and no caller that logs waits for it; spare is the buffer that was
	// written.
	writing sync.Mutex
	spare   []byte
}

// Write never fails: a log that cannot be written is no reason to stop.
func (w *lineWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	w.pending = append(w.pending, line...)
	due, wait := w.due, batch-time.Since(w.written)
	w.due = true
	w.mu.Unlock()
	switch {
	case due:
	case wait <= 0:
		w.Flush()
	default:
		time.AfterFunc(wait, w.Flush)
	}
	return len(line), nil
}

// Flush writes what was gathered.
func (w *lineWriter) Flush() {
	w.writing.Lock()
	defer w.writing.Unlock()
	w.mu.Lock()
	lines := w.pending
	w.pending, w.due, w.written = w.spare[:0], false, time.Now()
	w.mu.Unlock()
	if len(lines) > 0 {
		_, _ = w.out.Write(lines)
	}
	w.spare = lines
}
