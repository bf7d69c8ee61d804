package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func TestDirect_ConcurrentWritesEachGetTheirOwnResult(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		a := newApplication(t, s, place(t, s))
		const n = 60
		var ids [n]string
		var errs [n]error
		together(n, func(i int) {
			ids[i] = random.ID()
			f := store.TokenFamily{ID: ids[i], ApplicationID: a.ID, GrantType: "client_credentials",
				AuthTime: now, CreatedAt: now, ExpiresAt: later}
			if i%3 == 0 {
				f.ApplicationID = "nowhere"
			}
			direct := s.Direct(t.Context())
			if errs[i] = direct.CreateFamily(f); errs[i] == nil {
				// A confirmed write is there for the next reader.
				if _, err := direct.GrantByFamily(f.ID); err != nil {
					t.Errorf("a family that was stored: %v", err)
				}
			}
		})
		for i, err := range errs {
			_, found := s.Direct(t.Context()).GrantByFamily(ids[i])
			if i%3 == 0 {
				if !errors.Is(err, store.ErrReference) || !errors.Is(found, store.ErrNotFound) {
					t.Errorf("of no application: %v, then %v", err, found)
				}
			} else if err != nil || found != nil {
				t.Errorf("%v, then %v", err, found)
			}
		}
	})
}

func TestDirect_AWriteThatIsCancelledWhileItWaitsIsNotDone(t *testing.T) {
	t.Parallel()
	// Where writes wait for one connection.
	for name, options := range map[string]store.Options{"memory": {}, "file": {DataDir: t.TempDir()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, options)
			a := newApplication(t, s, place(t, s))
			f := store.TokenFamily{ID: random.ID(), ApplicationID: a.ID, GrantType: "client_credentials",
				AuthTime: now, CreatedAt: now, ExpiresAt: later}
			write(t, s, func(*store.Tx) error {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
				defer cancel()
				if err := s.Direct(ctx).CreateFamily(f); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want context.DeadlineExceeded", err)
				}
				return nil
			})
			_, err := s.Direct(t.Context()).GrantByFamily(f.ID)
			wantError(t, err, store.ErrNotFound)
		})
	}
}

func TestDirect_AWriteAfterCloseIsRefused(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]store.Options{"memory": {}, "file": {DataDir: t.TempDir()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := store.Open(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			wantError(t, s.Direct(t.Context()).ReleaseLease("l", "h"), store.ErrClosed)
		})
	}
}
