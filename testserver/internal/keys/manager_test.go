package keys_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func frozen() *clock.Settable {
	c := clock.NewSettable()
	c.Freeze(start)
	return c
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func open(t *testing.T, config keys.Config) *keys.Manager {
	t.Helper()
	if config.Pool == nil {
		config.Pool = &keys.Process
	}
	if config.Logger == nil {
		config.Logger = quiet()
	}
	r, err := keys.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// published returns the kids of the JWKS.
func published(t *testing.T, r *keys.Manager) []string {
	t.Helper()
	body, _, err := r.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []keys.JWK }
	if err := json.Unmarshal(body, &set); err != nil {
		t.Fatal(err)
	}
	var kids []string
	for _, k := range set.Keys {
		kids = append(kids, k.ID)
	}
	return kids
}

// sign signs a token that expires then, and returns its kid.
func sign(t *testing.T, r *keys.Manager, expires time.Time) string {
	t.Helper()
	place, err := r.Admit()
	if err != nil {
		t.Fatal(err)
	}
	defer place.Leave()
	tokens, err := place.Sign(t.Context(), expires, func([]string) []byte { return []byte(`{"iss":"atm"}`) })
	if err != nil {
		t.Fatal(err)
	}
	kid := kidOf(t, tokens[0])
	_, err = jwt.Parse(tokens[0], func(*jwt.Token) (any, error) { return r.PublicKey(t.Context(), kid) },
		jwt.WithValidMethods([]string{"RS256"}))
	if err != nil {
		t.Fatalf("the signature does not verify: %v", err)
	}
	return kid
}

func kidOf(t *testing.T, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token[:strings.IndexByte(token, '.')])
	if err != nil {
		t.Fatal(err)
	}
	var header struct{ Alg, Kid, Typ string }
	if err := json.Unmarshal(raw, &header); err != nil {
		t.Fatal(err)
	}
	if header.Alg != "RS256" || header.Typ != "JWT" {
		t.Errorf("header %s", raw)
	}
	return header.Kid
}

func rotate(t *testing.T, r *keys.Manager) keys.Info {
	t.Helper()
	info, err := r.Rotate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestManager_StartsWithACurrentAndAPublishedNextKey(t *testing.T) {
	t.Parallel()
	r := open(t, keys.Config{Store: newStore(t), Clock: frozen()})
	kid := sign(t, r, start.Add(time.Minute))
	kids := published(t, r)
	if len(kids) != 2 || kids[0] != kid {
		t.Errorf("JWKS %v, current %s: want the current and one next key", kids, kid)
	}
}

func TestManager_RotationWaitsUntilTheNextKeyHasBeenPublishedForMaxAge(t *testing.T) {
	t.Parallel()
	c := frozen()
	r := open(t, keys.Config{Store: newStore(t), Clock: c, MaxAge: 5 * time.Minute})
	first := sign(t, r, start.Add(10*time.Minute))
	next := published(t, r)[1]
	c.Advance(2 * time.Minute)

	info := rotate(t, r)
	if want := start.Add(5 * time.Minute); info.ID != next || !info.ActivatesAt.Equal(want) || info.Status != keys.Next {
		t.Fatalf("rotate returns %+v, want key %s next until %v", info, next, want)
	}
	if again := rotate(t, r); again.ID != info.ID || !again.ActivatesAt.Equal(info.ActivatesAt) {
		t.Errorf("a second rotation while one is pending returns %+v", again)
	}
	if kid := sign(t, r, start.Add(12*time.Minute)); kid != first {
		t.Error("the next key signs before its time")
	}
	if kids := published(t, r); len(kids) != 3 {
		t.Errorf("JWKS %v: want the current, the pending and a further next key", kids)
	}
	c.Advance(3 * time.Minute)
	if kid := sign(t, r, start.Add(15*time.Minute)); kid != next {
		t.Error("the pending key does not sign at its time")
	}
}

func TestManager_RotatesAtOnceWhenTheNextKeyHasBeenPublishedForLong(t *testing.T) {
	t.Parallel()
	c := frozen()
	r := open(t, keys.Config{Store: newStore(t), Clock: c})
	next := published(t, r)[1]
	now := c.Advance(keys.DefaultMaxAge)
	if info := rotate(t, r); info.ID != next || !info.ActivatesAt.Equal(now) || info.Status != keys.Current {
		t.Errorf("rotate returns %+v, want %s current since %v", info, next, now)
	}
	if kid := sign(t, r, now.Add(time.Minute)); kid != next {
		t.Error("another key signs")
	}
}

func TestManager_RetiredKeyLeavesTheJWKSWithItsLastToken(t *testing.T) {
	t.Parallel()
	c := frozen()
	r := open(t, keys.Config{Store: newStore(t), Clock: c, Immediate: true})
	old := sign(t, r, start.Add(10*time.Minute))
	sign(t, r, start.Add(time.Minute)) // an earlier end changes nothing
	rotate(t, r)
	c.Advance(10*time.Minute - time.Second)
	if !slices.Contains(published(t, r), old) {
		t.Error("the retired key left before its last token expired")
	}
	c.Advance(time.Second)
	if slices.Contains(published(t, r), old) {
		t.Error("the retired key is still published when its last token has expired")
	}
	key, err := r.PublicKey(t.Context(), old)
	if err != nil || key == nil {
		t.Errorf("the public part is unknown: %v, %v", key, err)
	}
	infos, err := r.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := infos[0]; got.Status != keys.Retired || got.Published || !got.ExpiresAt.Equal(start.Add(10*time.Minute)) || !got.RetiredAt.Equal(start) {
		t.Errorf("the retired key is described as %+v", got)
	}
}

func TestManager_ImmediateRotationIsAtOnceAndForbidsCaching(t *testing.T) {
	t.Parallel()
	r := open(t, keys.Config{Store: newStore(t), Clock: frozen(), Immediate: true})
	seen := map[string]bool{sign(t, r, start.Add(time.Minute)): true}
	for range 3 {
		info := rotate(t, r)
		kid := sign(t, r, start.Add(time.Minute))
		if info.Status != keys.Current || kid != info.ID || seen[kid] {
			t.Fatalf("rotate returns %+v, and %s signs", info, kid)
		}
		seen[kid] = true
	}
	if got := r.CacheControl(); got != "no-cache" {
		t.Errorf("Cache-Control %q", got)
	}
	if kids := published(t, r); len(kids) != 5 {
		t.Errorf("JWKS %v: want three retired, the current and a next key", kids)
	}
}

func TestManager_ScheduledRotationHappensOnceAmongReplicas(t *testing.T) {
	t.Parallel()
	c, s := frozen(), newStore(t)
	config := keys.Config{Store: s, Clock: c, RotateEvery: 24 * time.Hour, Replicas: true, Pool: new(keys.Pool)}
	rings := []*keys.Manager{open(t, config)}
	first := sign(t, rings[0], start.Add(time.Minute))
	next := published(t, rings[0])[1]
	config.Pool = new(keys.Pool) // a replica generates its own
	rings = append(rings, open(t, config), open(t, config))
	for _, r := range rings {
		if kid := sign(t, r, start.Add(time.Minute)); kid != first {
			t.Fatalf("a replica signs with %s, the first one with %s", kid, first)
		}
	}
	c.Advance(24 * time.Hour)
	var group sync.WaitGroup
	for _, r := range rings {
		group.Go(func() {
			if err := r.Maintain(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, r := range rings {
		if err := r.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if kid := sign(t, r, c.Now().Add(time.Minute)); kid != next {
			t.Errorf("a replica signs with %s, want %s", kid, next)
		}
	}
	infos, err := rings[0].Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(infos) != 3 {
		t.Errorf("%d keys after one rotation, want 3", len(infos))
	}
}

func TestManager_FindsKeysOfOtherReplicas(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := open(t, keys.Config{Store: s, Clock: frozen(), Immediate: true})
	published(t, a)
	b := open(t, keys.Config{Store: s, Clock: frozen(), Immediate: true})
	rotate(t, a)
	kid := rotate(t, a).ID // made since b read the store
	key, err := b.PublicKey(t.Context(), kid)
	if err != nil || key == nil || keys.Thumbprint(key) != kid {
		t.Errorf("the other replica's key is unknown: %v, %v", key, err)
	}
}

func TestManager_UnknownKidsAreNoKeys(t *testing.T) {
	t.Parallel()
	r := open(t, keys.Config{Store: newStore(t), Clock: frozen()})
	for _, kid := range []string{"", "../../etc/passwd", strings.Repeat("A", 43), "' OR 1=1 --", strings.Repeat("x", 1<<16), "\x00"} {
		if key, err := r.PublicKey(t.Context(), kid); key != nil || err != nil {
			t.Errorf("kid %.20q: %v, %v", kid, key, err)
		}
	}
}

func TestManager_SurvivesARestart(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := open(t, keys.Config{Store: s, Clock: frozen()})
	kid, kids := sign(t, a, start.Add(time.Hour)), published(t, a)
	a.Close()
	b := open(t, keys.Config{Store: s, Clock: frozen(), Pool: new(keys.Pool)})
	if got := sign(t, b, start.Add(time.Minute)); got != kid {
		t.Errorf("signs with %s after the restart, with %s before", got, kid)
	}
	if got := published(t, b); !slices.Equal(got, kids) {
		t.Errorf("JWKS %v after the restart, %v before", got, kids)
	}
}

func TestManager_SweepKeepsWhatALivingFamilyNeeds(t *testing.T) {
	t.Parallel()
	c, s := frozen(), newStore(t)
	r := open(t, keys.Config{Store: s, Clock: c, Immediate: true})
	old := sign(t, r, start.Add(time.Minute))
	addFamily(t, s, start.Add(30*24*time.Hour))
	rotate(t, r)
	c.Advance(24 * time.Hour)
	sweep := func() {
		t.Helper()
		if err := r.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sweep()
	row, err := s.Direct(t.Context()).SigningKey(old)
	if err != nil {
		t.Fatalf("the key of a living family is gone: %v", err)
	}
	if row.PrivateKey != nil {
		t.Error("the private part of a retired key is kept")
	}
	if key, _ := r.PublicKey(t.Context(), old); key == nil {
		t.Error("the manager does not know the public part")
	}
	c.Advance(30 * 24 * time.Hour)
	sweep()
	if _, err := s.Direct(t.Context()).SigningKey(old); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the key that no one needs is still there: %v", err)
	}
	if key, _ := r.PublicKey(t.Context(), old); key != nil {
		t.Error("the manager still knows the key that was deleted")
	}
}

// addFamily stores a token family that lives until then.
func addFamily(t *testing.T, s *store.Store, until time.Time) {
	t.Helper()
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.CreateSuite(store.Suite{ID: "s", Name: "s"}, start); err != nil {
			return err
		}
		if _, err := tx.CreateProject(store.Project{ID: "p", SuiteID: "s", Name: "p"}, start); err != nil {
			return err
		}
		_, err := tx.CreateApplication(store.Application{
			ID: "a", SuiteID: "s", ProjectID: "p", Name: "a", AuthenticatorType: "user_credentials",
			ClientAuthentication: "secret", ClientID: "c", SecretHash: []byte("h"),
		}, start)
		if err != nil {
			return err
		}
		return tx.CreateFamily(store.TokenFamily{
			ID: "f", ApplicationID: "a", GrantType: "user_credentials", RefreshHash: []byte("r"),
			RefreshExpiresAt: until, AuthTime: start, CreatedAt: start, ExpiresAt: until,
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestManager_CacheControlIsMaxAge(t *testing.T) {
	t.Parallel()
	r := open(t, keys.Config{Store: newStore(t), Clock: frozen(), MaxAge: 90 * time.Second})
	if got := r.CacheControl(); got != "public, max-age=90" {
		t.Errorf("Cache-Control %q", got)
	}
}
