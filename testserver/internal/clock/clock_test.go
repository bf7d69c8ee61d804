package clock_test

import (
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
)

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

// near allows for what passes between two lines of a test.
func near(t *testing.T, got, want time.Time) {
	t.Helper()
	if d := got.Sub(want); d < -time.Minute || d > time.Minute {
		t.Fatalf("the clock shows %s, want about %s", got, want)
	}
	if got.Location() != time.UTC {
		t.Fatalf("the clock shows %s, want UTC", got)
	}
}

func TestSystem_ShowsTheMachinesTime(t *testing.T) {
	t.Parallel()
	near(t, clock.System().Now(), time.Now().UTC())
}

func TestSettable_ZeroValueShowsTheMachinesTime(t *testing.T) {
	t.Parallel()
	var c clock.Settable
	near(t, c.Now(), time.Now().UTC())
}

func TestSettable_SetAndAdvanceMoveAClockThatRuns(t *testing.T) {
	t.Parallel()
	c := clock.NewSettable()
	c.Set(noon.In(time.FixedZone("", 3600)))
	near(t, c.Now(), noon)
	near(t, c.Advance(48*time.Hour), noon.Add(48*time.Hour))
	near(t, c.Now(), noon.Add(48*time.Hour))
	near(t, c.Advance(-72*time.Hour), noon.Add(-24*time.Hour))

	before := c.Now()
	time.Sleep(2 * time.Millisecond)
	if !c.Now().After(before) {
		t.Fatal("the clock stands still")
	}
}

func TestSettable_FrozenClockStaysUntilMoved(t *testing.T) {
	t.Parallel()
	c := clock.NewSettable()
	c.Freeze(noon)
	time.Sleep(2 * time.Millisecond)
	if got := c.Now(); !got.Equal(noon) {
		t.Fatalf("the clock shows %s, want %s", got, noon)
	}
	if got, want := c.Advance(time.Second), noon.Add(time.Second); !got.Equal(want) || !c.Now().Equal(want) {
		t.Fatalf("advanced to %s and shows %s, want %s", got, c.Now(), want)
	}
	c.Set(noon.Add(time.Hour))
	if got, want := c.Now(), noon.Add(time.Hour); !got.Equal(want) {
		t.Fatalf("the clock shows %s, want %s", got, want)
	}
}

func TestSettable_ResetReturnsToTheMachinesTime(t *testing.T) {
	t.Parallel()
	c := clock.NewSettable()
	c.Freeze(noon)
	c.Reset()
	near(t, c.Now(), time.Now().UTC())
}
