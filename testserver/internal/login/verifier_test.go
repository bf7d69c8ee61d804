package login_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/login"
	hashing "github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// furnished is a store with one user, and the hasher that made the password.
func furnished(t *testing.T) (*store.Store, *hashing.Hasher) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	// Work enough to be told from none, and not so much that the race detector
	// makes minutes of it.
	hasher := hashing.New(hashing.Params{Memory: 4 * 1024, Time: 1, Threads: 1})
	hash, err := hasher.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	err = s.Write(t.Context(), func(tx *store.Tx) error {
		suite, err := tx.CreateSuite(store.Suite{ID: random.ID(), Name: "s"}, now)
		if err != nil {
			return err
		}
		project, err := tx.CreateProject(store.Project{ID: random.ID(), SuiteID: suite.ID, Name: "p"}, now)
		if err != nil {
			return err
		}
		_, err = tx.CreateUser(store.User{
			ID: random.ID(), SuiteID: suite.ID, ProjectID: project.ID, Email: email, Role: "system_user", Enabled: true, PasswordHash: hash,
		}, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, hasher
}

var key = ratelimit.Key{Client: "client", Grant: "sign_in", Address: "127.0.0.1"}

// TestVerifier_TimeTellsNoUser: an unknown e-mail is as much work as a wrong
// password. The shortest of many, taken by turns, since the machine may be
// busy; and a wide margin: it is a hash, or it is none.
func TestVerifier_TimeTellsNoUser(t *testing.T) {
	s, hasher := furnished(t)
	v := login.NewVerifier(s, hasher, nil)
	shortest := map[string]time.Duration{}
	for range 25 {
		for _, who := range []string{email, "nobody@example.com"} {
			started := time.Now()
			if _, err := v.Verify(t.Context(), key, who, "wrong password"); err == nil {
				t.Fatal("a wrong password is right")
			}
			if took := time.Since(started); shortest[who] == 0 || took < shortest[who] {
				shortest[who] = took
			}
		}
	}
	known, unknown := shortest[email], shortest["nobody@example.com"]
	if unknown < known/2 || unknown > known*2 {
		t.Errorf("a known user takes %s, an unknown one %s", known, unknown)
	}
}

func TestVerifier_ACrowdIsTurnedAwayInsteadOfQueuedForEver(t *testing.T) {
	s, hasher := furnished(t)
	v := login.NewVerifier(s, hasher, nil)
	var (
		mu         sync.Mutex
		busy, done int
		wg         sync.WaitGroup
	)
	for range 1000 {
		wg.Go(func() {
			_, err := v.Verify(t.Context(), key, email, password)
			var refusal *login.Refusal
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case errors.As(err, &refusal) && refusal.Status == http.StatusServiceUnavailable && refusal.RetryAfter > 0:
				busy++
			default:
				t.Errorf("unexpected: %v", err)
			}
		})
	}
	wg.Wait()
	if busy == 0 || done == 0 {
		t.Errorf("%d signed in, %d were turned away", done, busy)
	}
	if _, err := v.Verify(t.Context(), key, email, password); err != nil {
		t.Errorf("after the crowd: %v", err)
	}
}

func TestVerifier_AnEndedRequestIsNoFailure(t *testing.T) {
	t.Parallel()
	s, hasher := furnished(t)
	v := login.NewVerifier(s, hasher, ratelimit.New(ratelimit.Config{Burst: 1}))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var refusal *login.Refusal
	if _, err := v.Verify(ended, key, email, password); err == nil || errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
	if _, err := v.Verify(t.Context(), key, email, password); err != nil {
		t.Errorf("got %v", err)
	}
}
