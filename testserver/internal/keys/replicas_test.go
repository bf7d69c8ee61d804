package keys_test

import (
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// replicaStores opens one PostgreSQL database as n processes would.
func replicaStores(t *testing.T, n int) []*store.Store {
	t.Helper()
	url := postgrestest.URL(t)
	stores := make([]*store.Store, n)
	for i := range stores {
		s, err := store.Open(t.Context(), store.Options{DatabaseURL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		stores[i] = s
	}
	return stores
}

func TestReplicas_ThatStartAtOnceAgreeOnTheFirstKeys(t *testing.T) {
	t.Parallel()
	stores, c := replicaStores(t, 3), frozen()
	rings := make([]*keys.Manager, len(stores))
	var group sync.WaitGroup
	for i, s := range stores {
		group.Go(func() {
			var err error
			// Pools of their own: each replica would generate other keys.
			rings[i], err = keys.Open(t.Context(), keys.Config{Store: s, Clock: c, Replicas: true, Pool: new(keys.Pool), Logger: quiet()})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if t.Failed() {
		return
	}
	kids := map[string]bool{}
	sets := map[string]bool{}
	for _, r := range rings {
		t.Cleanup(r.Close)
		kids[sign(t, r, start.Add(time.Minute))] = true
		body, _, err := r.JWKS(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sets[string(body)] = true
	}
	if len(kids) != 1 || len(sets) != 1 {
		t.Errorf("three replicas sign with %d keys and publish %d sets", len(kids), len(sets))
	}
}

func TestReplicas_RotateOnceHoweverManyAskAtOnce(t *testing.T) {
	t.Parallel()
	stores, c := replicaStores(t, 3), frozen()
	var rings []*keys.Manager
	for _, s := range stores {
		rings = append(rings, open(t, keys.Config{Store: s, Clock: c, Replicas: true, RotateEvery: time.Hour, Pool: new(keys.Pool)}))
	}
	first := sign(t, rings[0], start.Add(time.Minute))
	next := published(t, rings[0])[1]
	c.Advance(time.Hour)
	for range 3 { // and once is enough
		var group sync.WaitGroup
		for _, r := range rings {
			group.Go(func() {
				if err := r.Maintain(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
	for i, r := range rings {
		if kid := sign(t, r, c.Now().Add(time.Minute)); kid != next || kid == first {
			t.Errorf("replica %d signs with %s, want %s", i, kid, next)
		}
		infos, err := r.Keys(t.Context())
		if err != nil || len(infos) != 3 {
			t.Errorf("replica %d knows %d keys, want 3: %v", i, len(infos), err)
		}
	}
}

// A verifier that caches for as long as the header says, whichever replica it
// asked, knows every key before it signs.
func TestReplicas_VerifiersNeverMeetAnUnknownKey(t *testing.T) {
	t.Parallel()
	stores, c := replicaStores(t, 2), frozen()
	config := keys.Config{Clock: c, Replicas: true, MaxAge: time.Minute, RotateEvery: 3 * time.Minute}
	config.Store = stores[0]
	a := open(t, config)
	published(t, a)
	config.Store = stores[1]
	b := open(t, config)
	type cache struct {
		kids    map[string]bool
		fetched time.Time
	}
	fetch := func(r *keys.Manager) cache {
		kids := map[string]bool{}
		for _, kid := range published(t, r) {
			kids[kid] = true
		}
		return cache{kids, c.Now()}
	}
	verifiers := []cache{fetch(a), fetch(b)}
	signed := map[string]bool{}
	for second := range 20 * 60 / 5 {
		c.Advance(5 * time.Second)
		// Each replica looks after its keys every five seconds.
		for _, r := range []*keys.Manager{b, a} {
			if err := r.Maintain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for i, r := range []*keys.Manager{a, b} {
			if c.Now().Sub(verifiers[i].fetched) >= time.Minute {
				verifiers[i] = fetch(r)
			}
		}
		for _, r := range []*keys.Manager{a, b} {
			kid := sign(t, r, c.Now().Add(time.Minute))
			signed[kid] = true
			for i, v := range verifiers {
				if !v.kids[kid] {
					t.Fatalf("after %d s verifier %d does not know key %s", 5*second, i, kid)
				}
			}
		}
	}
	if len(signed) < 4 {
		t.Errorf("%d keys signed in twenty minutes: nothing was rotated", len(signed))
	}
}

func TestReplicas_NoticeThatTheStoreWasEmptied(t *testing.T) {
	t.Parallel()
	stores, c := replicaStores(t, 2), frozen()
	a := open(t, keys.Config{Store: stores[0], Clock: c, Immediate: true, Replicas: true})
	b := open(t, keys.Config{Store: stores[1], Clock: c, Immediate: true, Replicas: true})
	before, err := b.Secret(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	sign(t, b, start.Add(time.Hour))
	c.Advance(time.Second)
	if err := stores[0].Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
	mine, errA := a.Secret(t.Context(), "x")
	theirs, errB := b.Secret(t.Context(), "x")
	if errA != nil || errB != nil || string(mine) != string(theirs) || string(theirs) == string(before) {
		t.Errorf("the secrets after the reset: %v, %v, same %v", errA, errB, string(mine) == string(theirs))
	}
	kid := sign(t, b, start.Add(time.Minute))
	row, err := stores[0].Direct(t.Context()).SigningKey(kid)
	if err != nil || !row.JWKSUntil.Equal(start.Add(time.Minute)) {
		t.Errorf("the store keeps %s until %v, %v", kid, row.JWKSUntil, err)
	}
}
