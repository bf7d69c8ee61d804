// Package clock is the one source of time of the reference server, so that a
// test can move it instead of sleeping. Code that needs the time takes a Clock;
// what measures durations of the machine (timeouts, latency) does not.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface {
	// Now returns the current time, in UTC.
	Now() time.Time
}

// System returns the machine's clock.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return time.Now().UTC() }

// Settable is a clock that runs with the machine's until Set or Advance is
// called. Set and Advance move it; it goes on running from there. Its zero
// value is the machine's time. It is safe for concurrent use.
type Settable struct {
	mu     sync.RWMutex
	frozen bool
	at     time.Time     // the time while frozen
	offset time.Duration // if not frozen, what is added to the machine's time
}

// NewSettable returns a clock that shows the machine's time.
func NewSettable() *Settable { return &Settable{} }

// Now returns the clock's time, in UTC.
func (c *Settable) Now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.frozen {
		return c.at
	}
	return time.Now().Add(c.offset).Round(0).UTC()
}

// Set moves the clock to t. It runs on from there unless it is frozen.
func (c *Settable) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t.Round(0).UTC()
	c.offset = time.Until(c.at)
}

// Advance moves the clock by d, which may be negative, and returns its new
// time.
func (c *Settable) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
	if c.frozen {
		c.at = c.at.Add(d)
		return c.at
	}
	return time.Now().Add(c.offset).Round(0).UTC()
}

// Freeze stops the clock at t: only Set and Advance move it from then on.
func (c *Settable) Freeze(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen = true
	c.at = t.Round(0).UTC()
	c.offset = time.Until(c.at)
}

// Reset returns the clock to the machine's time and lets it run.
func (c *Settable) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen, c.at, c.offset = false, time.Time{}, 0
}
