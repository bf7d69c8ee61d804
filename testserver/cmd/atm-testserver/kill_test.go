package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
)

const (
	adminSecret = "480nulBeBGqJDoAOADC0CW2frGTDVEmq"
	killRounds  = 20
)

// load is what clients received before the server was killed.
type load struct {
	ready  ready
	client *http.Client

	mu      sync.Mutex
	suites  []string  // ids whose creation was confirmed
	lost    []attempt // creations that were not
	odd     []string  // responses that no server may return
	chains  []*chain
	codes   *codes
	errands sync.WaitGroup
}

// attempt is a creation whose response was lost: it happened or not, and asking
// again under its key makes it happen once.
type attempt struct{ body, key string }

// chain is a token family as its client knows it.
type chain struct {
	tokens []tokens // each but the last was used, and its successor returned
	asking bool     // a refresh was on its way at the end
}

// create creates suites until the server is gone.
func (l *load) create(ctx context.Context, name, token string) {
	for i := 0; ctx.Err() == nil; i++ {
		a := attempt{fmt.Sprintf(`{"name":"%s %d"}`, name, i), fmt.Sprintf("key-for-%d-%d", rand.Uint64(), i)}
		id, status, err := l.attempt(ctx, a, token)
		l.mu.Lock()
		if id == "" {
			l.lost = append(l.lost, a)
			l.expectOutage("create a suite", status, err)
		} else {
			l.suites = append(l.suites, id)
		}
		l.mu.Unlock()
		if id == "" {
			return
		}
	}
}

// attempt creates a suite, and returns its id where that was confirmed.
func (l *load) attempt(ctx context.Context, a attempt, token string) (id string, status int, err error) {
	status, response, err := call(ctx, l.client, http.MethodPost, l.ready.Endpoint+"/api/v1/suites", token, a.body, "Idempotency-Key", a.key)
	if err != nil || status != http.StatusCreated {
		return "", status, err
	}
	var suite struct{ ID string }
	err = json.Unmarshal(response, &suite)
	return suite.ID, status, err
}

// expectOutage notes the response to a request that failed. A server that is
// killed returns nothing; one whose database is gone says so.
func (l *load) expectOutage(what string, status int, err error) {
	if err == nil && status != http.StatusServiceUnavailable {
		l.odd = append(l.odd, fmt.Sprintf("%s: %d", what, status))
	}
}

// refresh refreshes until the server is gone.
func (l *load) refresh(ctx context.Context, c *chain) {
	for ctx.Err() == nil {
		c.asking = true
		next, status, err := l.renew(ctx, c.tokens[len(c.tokens)-1])
		if err != nil || status != http.StatusOK {
			l.mu.Lock()
			l.expectOutage("refresh: "+next.Error, status, err)
			l.mu.Unlock()
			return
		}
		c.tokens = append(c.tokens, next)
		c.asking = false
		time.Sleep(time.Duration(rand.IntN(5)) * time.Millisecond)
	}
}

// renew uses a refresh token in ATM's own form.
func (l *load) renew(ctx context.Context, t tokens) (next tokens, status int, err error) {
	body, err := json.Marshal(map[string]string{
		"grantType": "refresh_token", "clientId": l.ready.ClientID, "refresh_token": t.RefreshToken, "id_token": t.IDToken,
	})
	if err != nil {
		return tokens{}, 0, err
	}
	status, response, err := call(ctx, l.client, http.MethodPost, l.ready.Endpoint+"/auth/token", "", string(body))
	if err != nil {
		return tokens{}, 0, err
	}
	return next, status, json.Unmarshal(response, &next)
}

// TestProgram_KilledUnderLoadItLosesNothingThatItConfirmed kills the server with
// SIGKILL in the middle of writes, 20 times on one store, and asks the next one
// for everything that the one before had confirmed.
func TestProgram_KilledUnderLoadItLosesNothingThatItConfirmed(t *testing.T) {
	t.Parallel()
	t.Run("data directory", func(t *testing.T) {
		t.Parallel()
		killAndAsk(t, "--data-dir", t.TempDir())
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		killAndAsk(t, "--database-url", postgrestest.URL(t))
	})
}

func killAndAsk(t *testing.T, args ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: it starts and kills the program twenty times")
	}
	args = append(args, "--admin-client-secret", adminSecret, "--rate-limit", "off", "--seed", pagesSeed(t))
	var before *load
	returned, refreshed := 0, 0
	for round := range killRounds {
		p, r := start(t, nil, args...)
		r.ClientSecret = adminSecret
		if before != nil {
			before.ready.Endpoint = r.Endpoint
			before.check(t)
		}
		before = newLoad(r)
		before.run(t, round, func() {
			if err := p.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-p.exited
		})
		created, renewed := before.confirmed()
		returned, refreshed = returned+created, refreshed+renewed
	}
	if returned < killRounds || refreshed < killRounds {
		t.Fatalf("%d creations and %d refreshes were confirmed: too few to tell", returned, refreshed)
	}
	t.Logf("%d creations and %d refreshes were confirmed before %d kills", returned, refreshed, killRounds)
}

func newLoad(r ready) *load {
	return &load{ready: r, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
}

// confirmed counts what must be there.
func (l *load) confirmed() (created, refreshed int) {
	for _, c := range l.chains {
		refreshed += len(c.tokens) - 1
	}
	return len(l.suites), refreshed
}

// check asks for everything that was confirmed.
func (l *load) check(t *testing.T) {
	t.Helper()
	for _, odd := range l.odd {
		t.Error(odd)
	}
	token := signIn(t, l.ready).AccessToken
	l.checkLost(t, token)
	l.checkSuites(t, token)
	l.checkChains(t)
	l.codes.check(t, l)
}

// run puts load on the server, ends it by kill, and waits for the last
// response.
func (l *load) run(t *testing.T, round int, kill func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	l.codes = newCodes(t, l)
	l.errands.Go(func() { l.codes.race(ctx, l) })
	for i := range 3 {
		first := signIn(t, l.ready)
		name := fmt.Sprintf("round %d client %d", round, i)
		l.errands.Go(func() { l.create(ctx, name, first.AccessToken) })
		c := &chain{tokens: []tokens{first}}
		l.chains = append(l.chains, c)
		l.errands.Go(func() { l.refresh(ctx, c) })
	}
	time.Sleep(time.Duration(30+rand.IntN(60)) * time.Millisecond)
	kill()
	l.errands.Wait()
}

// checkLost asks again for what was not confirmed, under the same key.
func (l *load) checkLost(t *testing.T, token string) {
	t.Helper()
	for _, a := range l.lost {
		id, status, err := l.attempt(t.Context(), a, token)
		if err != nil || id == "" {
			t.Fatalf("%s, once more: %d %v", a.body, status, err)
		}
		l.suites = append(l.suites, id)
		if again, status, err := l.attempt(t.Context(), a, token); err != nil || again != id {
			t.Fatalf("%s, a third time: %d %v, the same suite: %t", a.body, status, err, again == id)
		}
	}
}

// checkSuites asks for all suites whose creation was confirmed.
func (l *load) checkSuites(t *testing.T, token string) {
	t.Helper()
	const most = 200 // ids in one request
	for at := 0; at < len(l.suites); at += most {
		ids := l.suites[at:min(at+most, len(l.suites))]
		status, response, err := call(t.Context(), l.client, http.MethodGet,
			l.ready.Endpoint+"/api/v1/suites?limit=500&ids="+strings.Join(ids, ","), token, "")
		if err != nil || status != http.StatusOK {
			t.Fatalf("%d %s %v", status, response, err)
		}
		var list struct{ Total int }
		if err := json.Unmarshal(response, &list); err != nil {
			t.Fatal(err)
		}
		if list.Total != len(ids) {
			t.Fatalf("of %d suites whose creation was confirmed, %d are there", len(ids), list.Total)
		}
	}
}

// checkChains uses what must still be good, and what must not.
func (l *load) checkChains(t *testing.T) {
	t.Helper()
	for _, c := range l.chains {
		last := c.tokens[len(c.tokens)-1]
		if !c.asking {
			next, status, err := l.renew(t.Context(), last)
			if err != nil || status != http.StatusOK {
				t.Fatalf("a refresh token that was not used: %d %s %v", status, next.Error, err)
			}
		}
		if len(c.tokens) == 1 {
			continue
		}
		used := c.tokens[len(c.tokens)-2]
		if next, status, err := l.renew(t.Context(), used); err != nil || status != http.StatusBadRequest || next.Error != "invalid_grant" {
			t.Fatalf("a refresh token whose use was confirmed: %d %s %v", status, next.Error, err)
		}
		if next, status, err := l.renew(t.Context(), last); err != nil || status != http.StatusBadRequest || next.Error != "invalid_grant" {
			t.Fatalf("its successor, after the reuse: %d %s %v", status, next.Error, err)
		}
	}
}
