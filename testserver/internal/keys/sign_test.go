package keys_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
)

func TestManager_BusyBeyondTheQueue(t *testing.T) {
	t.Parallel()
	r := open(t, keys.Config{Store: newStore(t), Clock: frozen(), Cores: 1, Queue: 1})
	a, errA := r.Admit()
	b, errB := r.Admit()
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if _, err := r.Admit(); !errors.Is(err, keys.ErrBusy) {
		t.Errorf("a third place: %v, want ErrBusy", err)
	}
	a.Leave()
	if c, err := r.Admit(); err != nil {
		t.Errorf("no place after one was left: %v", err)
	} else {
		c.Leave()
	}
	b.Leave()
}

func TestManager_SigningEndsWithItsContext(t *testing.T) {
	t.Parallel()
	r := open(t, keys.Config{Store: newStore(t), Clock: frozen()})
	place, err := r.Admit()
	if err != nil {
		t.Fatal(err)
	}
	defer place.Leave()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := place.Sign(ctx, start.Add(time.Minute), func([]string) []byte { return []byte(`{}`) }); !errors.Is(err, context.Canceled) {
		t.Errorf("sign with a dead context: %v", err)
	}
}

// Tests set the clock to the time that their data is from.
func TestManager_ClockThatGoesBackUndoesNoRotation(t *testing.T) {
	t.Parallel()
	c := frozen()
	r := open(t, keys.Config{Store: newStore(t), Clock: c, Immediate: true})
	sign(t, r, start.Add(time.Minute))
	second := rotate(t, r).ID
	past := c.Advance(-4 * 365 * 24 * time.Hour)
	if kid := sign(t, r, past.Add(time.Minute)); kid != second {
		t.Errorf("signs with %s after the clock went back, want %s", kid, second)
	}
	third := rotate(t, r)
	if kid := sign(t, r, past.Add(time.Minute)); kid != third.ID || kid == second || third.Status != keys.Current {
		t.Errorf("signs with %s after another rotation, want %+v", kid, third)
	}
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Advance(8 * 365 * 24 * time.Hour)
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kid := sign(t, r, c.Now().Add(time.Minute)); kid != third.ID {
		t.Errorf("signs with %s, want %s", kid, third.ID)
	}
}

func TestManager_SignsBeforeItsFirstKeyWasMade(t *testing.T) {
	t.Parallel()
	c, s := frozen(), newStore(t)
	addFamily(t, s, start.Add(365*24*time.Hour)) // keeps the public part
	r := open(t, keys.Config{Store: s, Clock: c, RotateEvery: time.Hour})
	kid := sign(t, r, start.Add(time.Minute))
	c.Advance(time.Hour)
	if err := r.Maintain(t.Context()); err != nil { // rotates
		t.Fatal(err)
	}
	c.Advance(time.Hour)
	if err := r.Sweep(t.Context()); err != nil { // and forgets the first private key
		t.Fatal(err)
	}
	past := c.Advance(-24 * time.Hour)
	if got := sign(t, r, past.Add(time.Minute)); got == kid {
		t.Errorf("signs with %s, whose private part is gone", got)
	}
	if _, err := r.Rotate(t.Context()); err != nil {
		t.Error(err)
	}
}
