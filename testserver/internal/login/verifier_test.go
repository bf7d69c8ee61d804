package login_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/login"
	hashing "github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// storeWithUser is a store with one user, and the hasher that made the password.
func storeWithUser(t *testing.T) (*store.Store, *hashing.Hasher) {
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

// verifier returns a verifier on a store; a nil limiter does not limit.
func verifier(s *store.Store, hasher *hashing.Hasher, limiter *ratelimit.Limiter) *login.Verifier {
	return login.NewVerifier(login.VerifierConfig{
		Store: s, Passwords: hasher, Limiter: limiter, Clock: clock.System(),
		Secret:    func(context.Context, string) ([]byte, error) { return make([]byte, 32), nil },
		PublicURL: func() string { return "http://atm.example.com" },
	})
}

// from returns a request of that address.
func from(ctx context.Context, address string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/login", nil)
	r.RemoteAddr = address + ":1234"
	return r
}

func verify(ctx context.Context, v *login.Verifier, email, secret string) error {
	_, err := v.Verify(from(ctx, "192.0.2.1"), "client", email, secret)
	return err
}

// TestVerifier_TimeTellsNoUser: an unknown email address is as much work as a
// wrong password. The shortest of many, taken by turns, and measured again
// where they differ, since the machine may be busy; and a wide margin: it is a
// hash, or it is none, which no repetition makes alike.
func TestVerifier_TimeTellsNoUser(t *testing.T) {
	s, hasher := storeWithUser(t)
	v := verifier(s, hasher, nil)
	var known, unknown time.Duration
	for range 10 {
		known, unknown = shortestOfBoth(t, v)
		if unknown >= known/2 && unknown <= known*2 {
			return
		}
	}
	t.Errorf("a known user takes %s, an unknown one %s", known, unknown)
}

// shortestOfBoth refuses a wrong password of a user and of an unknown one, and returns how long the shortest of each
// took.
func shortestOfBoth(t *testing.T, v *login.Verifier) (known, unknown time.Duration) {
	t.Helper()
	shortest := map[string]time.Duration{}
	for range 25 {
		for _, who := range []string{email, "nobody@example.com"} {
			started := time.Now()
			if err := verify(t.Context(), v, who, "wrong password"); err == nil {
				t.Fatal("a wrong password is right")
			}
			if took := time.Since(started); shortest[who] == 0 || took < shortest[who] {
				shortest[who] = took
			}
		}
	}
	return shortest[email], shortest["nobody@example.com"]
}

func TestVerifier_ACrowdIsTurnedAwayInsteadOfQueuedForEver(t *testing.T) {
	s, hasher := storeWithUser(t)
	v := verifier(s, hasher, nil)
	var (
		mu         sync.Mutex
		busy, done int
		wg         sync.WaitGroup
	)
	for range 1000 {
		wg.Go(func() {
			err := verify(t.Context(), v, email, password)
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
	if err := verify(t.Context(), v, email, password); err != nil {
		t.Errorf("after the crowd: %v", err)
	}
}

func TestVerifier_AnEndedRequestIsNoFailure(t *testing.T) {
	t.Parallel()
	s, hasher := storeWithUser(t)
	v := verifier(s, hasher, ratelimit.New(ratelimit.Config{Burst: 1}))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var refusal *login.Refusal
	if err := verify(ended, v, email, password); err == nil || errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
	if err := verify(t.Context(), v, email, password); err != nil {
		t.Errorf("got %v", err)
	}
}

// TestVerifier_AFloodFromOneSourceDoesNotBlockOthers: 150 connections with
// wrong passwords were once enough to turn all users away.
func TestVerifier_AFloodFromOneSourceDoesNotBlockOthers(t *testing.T) {
	s, hasher := storeWithUser(t)
	v := verifier(s, hasher, ratelimit.New(ratelimit.Config{}))
	ctx, stop := context.WithCancel(t.Context())
	var flood sync.WaitGroup
	for range 150 {
		flood.Go(func() {
			for ctx.Err() == nil {
				_, _ = v.Verify(from(ctx, "192.0.2.66"), "client", random.ID()+"@example.com", "wrong password")
			}
		})
	}
	defer flood.Wait()
	defer stop()
	for i := range 40 {
		time.Sleep(10 * time.Millisecond)
		started := time.Now()
		if _, err := v.Verify(from(t.Context(), "192.0.2.7"), "client", email, password); err != nil {
			t.Errorf("sign-in %d is refused: %v", i, err)
		}
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("sign-in %d takes %s", i, took)
		}
	}
}
