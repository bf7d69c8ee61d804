package atm_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// keysWith returns a JWKS with that Cache-Control.
func keysWith(cacheControl string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if cacheControl != "" {
			w.Header().Set("Cache-Control", cacheControl)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"keys":[]}`)
	}
}

func TestSigningKeys_AreKeptAsLongAsATMAllows(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cacheControl string
		age          time.Duration // the longest for which they are kept
	}{
		"as it says":            {"public, max-age=90", 90 * time.Second},
		"quoted":                {`max-age="90"`, 90 * time.Second},
		"in another case":       {"Public, Max-Age=90", 90 * time.Second},
		"not for a day":         {"max-age=86400", 5 * time.Minute},
		"a minute, if unstated": {"", time.Minute},
		"what is no number":     {"max-age=soon", time.Minute},
		"not at all":            {"no-cache", 0},
		"nor with an age":       {"max-age=90, no-store", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, keysWith(test.cacheControl))
			now := time.Unix(1662429262, 0)
			client := f.client(t, func(c *atm.Config) { c.Now = func() time.Time { return now } })
			ask := func(fresh bool, want int) {
				t.Helper()
				if _, err := client.SigningKeys(t.Context(), fresh); err != nil {
					t.Fatal(err)
				}
				if got := len(f.requests()); got != want {
					t.Errorf("%d requests at %s, want %d", got, now.Sub(time.Unix(1662429262, 0)), want)
				}
			}
			ask(false, 1)
			if test.age > 0 {
				now = now.Add(test.age - time.Second)
				ask(false, 1)
				now = now.Add(time.Second)
			}
			ask(false, 2)
			ask(true, 3)
			now = now.Add(-time.Hour)
			ask(false, 4)
		})
	}
}

func TestSigningKeys_GoPastCachesAndNeedNoToken(t *testing.T) {
	t.Parallel()
	f := newFake(t, keysWith(""))
	client := f.client(t)
	if _, err := client.SigningKeys(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := client.JWKS(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, r := range f.requests() {
		if r.URL.Path != "/auth/.well-known/jwks.json" || r.Header.Get("Cache-Control") != "no-cache" || r.Header.Get("Authorization") != "" {
			t.Errorf("asked %s with %v", r.URL, r.Header)
		}
	}
}

func TestSigningKeys_ThatCannotBeHadAreAnErrorEachTime(t *testing.T) {
	t.Parallel()
	f := newFake(t, response(http.StatusNotFound, `{}`), page, keysWith("max-age=60"))
	client := f.client(t, func(c *atm.Config) { c.MaxRetries = 0 })
	for range 2 {
		if _, err := client.SigningKeys(t.Context(), false); err == nil {
			t.Error("no error")
		}
	}
	if _, err := client.SigningKeys(t.Context(), false); err != nil {
		t.Error(err)
	}
}

// A first caller that leaves does not end the request of the others.
func TestSigningKeys_OneRequestForAllWhoWait(t *testing.T) {
	t.Parallel()
	arrived, answerIt := make(chan struct{}), make(chan struct{})
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-answerIt
		keysWith("max-age=60")(w, r)
	})
	client := f.client(t)

	first, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := client.SigningKeys(first, false)
		gone <- err
	}()
	<-arrived
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := client.SigningKeys(t.Context(), false); err != nil {
				t.Error(err)
			}
		})
	}
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	close(answerIt)
	all.Wait()
	if n := len(f.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}
