package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

var federated = store.FederatedCredential{
	Name: "main", Issuer: "https://ci.example", Subject: "repo:octo/shop:*", Audience: "atm",
	Claims: map[string]string{"ref": "refs/heads/main"}, LoginIDs: []string{"z@example.com", "a@example.com"},
}

func trusting(t *testing.T, s *store.Store) store.Application {
	t.Helper()
	a := application(place(t, s))
	a.FederatedCredentials = []store.FederatedCredential{{Name: "other", Issuer: "https://b.example", Subject: "s", Audience: "a"}, federated}
	a.PublicKeys = []store.PublicKey{{KeyID: "2", PEM: "x"}, {KeyID: "1", PEM: "y"}}
	return must(t, s, func(tx *store.Tx) (store.Application, error) { return tx.CreateApplication(a, now) })
}

func TestCredentials_AreStoredSorted(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		a := trusting(t, s)
		read := readApplication(t, s, a.ID)
		if got := read.FederatedCredentials; len(got) != 2 || got[0].Name != "main" || got[0].LoginIDs[0] != "a@example.com" || got[0].Claims["ref"] == "" {
			t.Errorf("read %+v", got)
		}
		if read.PublicKeys[0].KeyID != "1" {
			t.Errorf("read %+v", read.PublicKeys)
		}
		credentials, keys, err := s.Direct(t.Context()).Credentials(a.ID)
		if err != nil || len(credentials) != 2 || len(keys) != 2 {
			t.Errorf("credentials: %v, %v, %v", credentials, keys, err)
		}
		reordered := read
		reordered.FederatedCredentials = []store.FederatedCredential{read.FederatedCredentials[1], federated}
		reordered.PublicKeys = []store.PublicKey{read.PublicKeys[1], read.PublicKeys[0]}
		if same := must(t, s, func(tx *store.Tx) (store.Application, error) { return tx.UpdateApplication(reordered, now) }); same.ETag != read.ETag {
			t.Error("another order is a change")
		}
	})
}

func TestCredentials_ChangesEndWhatTheyBegan(t *testing.T) {
	for name, tc := range map[string]struct {
		edit                         func(*store.Application)
		federated, key, others, more bool // alive
	}{
		"another name": {func(a *store.Application) { a.Name = "renamed" }, true, true, true, true},
		"removed":      {func(a *store.Application) { a.FederatedCredentials = a.FederatedCredentials[1:] }, false, true, true, true},
		"changed":      {func(a *store.Application) { a.FederatedCredentials[0].Subject = "repo:octo/shop:a:*" }, false, true, true, true},
		"another user": {func(a *store.Application) { a.FederatedCredentials[0].LoginIDs = []string{"a@example.com"} }, false, true, true, true},
		"another key":  {func(a *store.Application) { a.PublicKeys[0].PEM = "z" }, true, false, true, true},
		"a key added":  {func(a *store.Application) { a.PublicKeys = append(a.PublicKeys, store.PublicKey{PEM: "z"}) }, true, true, true, true},
		"none left":    {func(a *store.Application) { a.FederatedCredentials, a.PublicKeys = nil, nil }, false, false, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, s *store.Store) {
				a := trusting(t, s)
				ids := map[string]string{
					"federated": a.FederatedCredentials[0].Fingerprint(), "key": a.PublicKeys[0].Fingerprint(),
					"others": a.FederatedCredentials[1].Fingerprint(), "secret": "",
				}
				for id, credential := range ids {
					f := store.TokenFamily{ID: id, ApplicationID: a.ID, GrantType: "client_credentials", AuthTime: now, CreatedAt: now,
						ExpiresAt: now.Add(time.Hour), Credential: credential, EndsAt: now.Add(2 * time.Hour)}
					if err := s.Direct(t.Context()).CreateFamily(f); err != nil {
						t.Fatal(err)
					}
				}
				next := readApplication(t, s, a.ID)
				tc.edit(&next)
				must(t, s, func(tx *store.Tx) (store.Application, error) { return tx.UpdateApplication(next, now) })
				for id, alive := range map[string]bool{"federated": tc.federated, "key": tc.key, "others": tc.others, "secret": tc.more} {
					g, err := s.Direct(t.Context()).GrantByFamily(id)
					if err != nil || g.Family.RevokedAt.IsZero() != alive || g.Family.EndsAt.UnixMicro() != now.Add(2*time.Hour).UnixMicro() {
						t.Errorf("%s: ended %v, ends %v, %v; want alive %t", id, g.Family.RevokedAt, g.Family.EndsAt, err, alive)
					}
				}
			})
		})
	}
}

func TestClientAuthentication_OnlyASecretKeepsSecrets(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		a := trusting(t, s)
		a.ClientAuthentication = "assertion"
		changed := must(t, s, func(tx *store.Tx) (store.Application, error) { return tx.UpdateApplication(a, now) })
		if changed.SecretHash != nil || readApplication(t, s, a.ID).SecretHash != nil {
			t.Error("a secret stays")
		}
	})
}

func TestUseAssertion_OneUseWins(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		a := trusting(t, s)
		once := store.Assertion{ApplicationID: a.ID, Credential: a.FederatedCredentials[0].Fingerprint(), Once: store.Hash("jti"), ExpiresAt: now.Add(time.Minute)}
		use := func(u store.Assertion) error {
			return s.Write(t.Context(), func(tx *store.Tx) error { return tx.UseAssertion(u) })
		}
		var won, lost atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				switch err := use(once); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, store.ErrAssertionUsed):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || lost.Load() != 7 {
			t.Errorf("%d won, %d lost", won.Load(), lost.Load())
		}
		gone, many := once, once
		gone.Credential, many.Once = "other", nil
		if err := use(gone); !errors.Is(err, store.ErrCredentialGone) {
			t.Errorf("another credential: %v", err)
		}
		if err := errors.Join(use(many), use(many)); err != nil {
			t.Errorf("one that is valid many times: %v", err)
		}
		gone = many
		gone.ApplicationID = "gone"
		if err := use(gone); !errors.Is(err, store.ErrCredentialGone) {
			t.Errorf("no application: %v", err)
		}
		if swept, err := s.Sweep(t.Context(), store.Sweep{Holder: "h", Now: now.Add(59 * time.Second)}); err != nil || swept.Assertions != 0 {
			t.Errorf("swept early: %+v, %v", swept, err)
		}
		if swept, err := s.Sweep(t.Context(), store.Sweep{Holder: "h", Now: now.Add(time.Minute)}); err != nil || swept.Assertions != 1 {
			t.Errorf("swept: %+v, %v", swept, err)
		}
	})
}
