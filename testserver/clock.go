package testserver

import (
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
)

// Clock is a server's source of time, which a test moves instead of sleeping.
// It runs with the machine's clock from wherever it was put, unless it is
// frozen. It is safe for concurrent use.
//
// The time of tokens, codes, signing keys, secrets and rate limits is this one;
// timeouts and the delays of faults are the machine's.
type Clock struct{ settable *clock.Settable }

// NewClock returns a clock that shows the machine's time, for several servers
// that shall have the same (see WithClock).
func NewClock() *Clock { return &Clock{clock.NewSettable()} }

// Now returns the clock's time, in UTC.
func (c *Clock) Now() time.Time { return c.settable.Now() }

// Set moves the clock to t, from where it runs on.
func (c *Clock) Set(t time.Time) { c.settable.Set(t) }

// Advance moves the clock by d, which may be negative, and returns its new
// time.
func (c *Clock) Advance(d time.Duration) time.Time { return c.settable.Advance(d) }

// Freeze stops the clock at t: only Set and Advance move it from then on.
func (c *Clock) Freeze(t time.Time) { c.settable.Freeze(t) }

// Reset returns the clock to the machine's time and lets it run.
func (c *Clock) Reset() { c.settable.Reset() }
