package store_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func reserveGuess(t *testing.T, s *store.Store, b store.GuessBudget, at time.Time) time.Duration {
	t.Helper()
	wait, err := s.ReserveGuess(t.Context(), b, at)
	if err != nil {
		t.Fatal(err)
	}
	return wait
}

func TestReserveGuess_AllowsSoManyInAnyHour(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		b := store.GuessBudget{Account: "A@example.com", Most: 10}
		at, allowed := stored, []time.Time{}
		for range 400 { // one guess every 90 s, for ten hours
			if reserveGuess(t, s, b, at) == 0 {
				allowed = append(allowed, at)
			}
			at = at.Add(90 * time.Second)
		}
		for i := range allowed {
			if i+10 < len(allowed) && allowed[i+10].Sub(allowed[i]) < time.Hour {
				t.Fatalf("eleven guesses within %s", allowed[i+10].Sub(allowed[i]))
			}
		}
		if len(allowed) < 95 {
			t.Errorf("only %d guesses in ten hours", len(allowed))
		}
	})
}

func TestReserveGuess_KeepsBudgetsApart(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		b := store.GuessBudget{Account: "A@example.com", Most: 1}
		if wait := reserveGuess(t, s, b, stored); wait != 0 {
			t.Fatalf("the first guess waits %s", wait)
		}
		if wait := reserveGuess(t, s, b, stored.Add(20*time.Minute)); wait != 40*time.Minute {
			t.Errorf("the second guess waits %s, want 40 minutes", wait)
		}
		same, other, device := b, b, b
		same.Account, other.Account, device.Device = "a@EXAMPLE.com", "b@example.com", "device"
		if wait := reserveGuess(t, s, same, stored); wait == 0 {
			t.Error("another spelling of the address has a budget of its own")
		}
		for _, b := range []store.GuessBudget{other, device} {
			if wait := reserveGuess(t, s, b, stored); wait != 0 {
				t.Errorf("%+v waits %s", b, wait)
			}
		}
	})
}

func TestReturnGuess_PermitsAnother(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		b := store.GuessBudget{Account: "a@example.com", Most: 2}
		reserveGuess(t, s, b, stored)
		reserveGuess(t, s, b, stored.Add(time.Second))
		if err := s.ReturnGuess(t.Context(), b, stored, stored); err != nil {
			t.Fatal(err)
		}
		if err := s.ReturnGuess(t.Context(), b, stored.Add(time.Minute), stored); err != nil { // none of that time
			t.Fatal(err)
		}
		if wait := reserveGuess(t, s, b, stored.Add(2*time.Second)); wait != 0 {
			t.Errorf("waits %s", wait)
		}
		if wait := reserveGuess(t, s, b, stored.Add(2*time.Second)); wait == 0 {
			t.Error("one guess that was returned makes room for two")
		}
	})
}

func TestReserveGuess_ReplicasShareTheBudget(t *testing.T) {
	t.Parallel()
	url := postgrestest.URL(t)
	replicas := []*store.Store{open(t, store.Options{DatabaseURL: url}), open(t, store.Options{DatabaseURL: url})}
	b := store.GuessBudget{Account: "a@example.com", Most: 20}
	var allowed atomic.Int64
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			wait, err := replicas[i%2].ReserveGuess(t.Context(), b, stored)
			if err != nil {
				t.Error(err)
			}
			if wait == 0 && err == nil {
				allowed.Add(1)
			}
		})
	}
	group.Wait()
	if allowed.Load() != 20 {
		t.Errorf("%d of 100 guesses at once were allowed, want 20", allowed.Load())
	}
}

func TestSweep_RemovesGuessesAndSessions(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		u := newUser(t, s, place(t, s))
		reserveGuess(t, s, store.GuessBudget{Account: "a@example.com", Most: 1}, stored)
		reserveGuess(t, s, store.GuessBudget{Account: "b@example.com", Most: 1}, later)
		for i, ends := range []time.Time{later, later.Add(time.Second)} {
			if err := s.Direct(t.Context()).CreateConsoleSession([]byte{byte(i)}, u.ID, ends); err != nil {
				t.Fatal(err)
			}
		}
		swept, err := s.Sweep(t.Context(), store.Sweep{Holder: "one", Now: later})
		if want := (store.Swept{ConsoleSessions: 1, PasswordGuesses: 1}); err != nil || swept != want {
			t.Fatalf("swept %+v (%v), want %+v", swept, err, want)
		}
		if got, err := s.Direct(t.Context()).ConsoleSessionUser([]byte{1}, later); err != nil || got.ID != u.ID {
			t.Errorf("a session that goes on: %+v, %v", got, err)
		}
		_, err = s.Direct(t.Context()).ConsoleSessionUser([]byte{0}, stored)
		wantError(t, err, store.ErrNotFound)
		_, err = s.Direct(t.Context()).ConsoleSessionUser([]byte{1}, later.Add(time.Second))
		wantError(t, err, store.ErrNotFound)
	})
}

func TestEndConsoleSession_EndsItOnTheServer(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		u := newUser(t, s, place(t, s))
		for i := range 2 {
			if err := s.Direct(t.Context()).CreateConsoleSession([]byte{byte(i)}, u.ID, later); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Direct(t.Context()).EndConsoleSession([]byte{0}); err != nil {
			t.Fatal(err)
		}
		_, err := s.Direct(t.Context()).ConsoleSessionUser([]byte{0}, stored)
		wantError(t, err, store.ErrNotFound)
		if _, err := s.Direct(t.Context()).ConsoleSessionUser([]byte{1}, stored); err != nil {
			t.Errorf("the other session: %v", err)
		}
	})
}
