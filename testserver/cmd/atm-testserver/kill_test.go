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

// load is what clients were told before the server was killed.
type load struct {
	ready  ready
	client *http.Client

	mu      sync.Mutex
	suites  []string // ids whose creation was answered
	chains  []*chain
	errands sync.WaitGroup
}

// chain is a refresh family as its client knows it.
type chain struct {
	tokens []tokens // each but the last was used, and its successor answered
	asking bool     // a refresh was on its way at the end
}

// create creates suites until the server is gone.
func (l *load) create(ctx context.Context, name, token string) {
	for i := 0; ctx.Err() == nil; i++ {
		body := fmt.Sprintf(`{"name":"%s %d"}`, name, i)
		status, answer, err := call(ctx, l.client, http.MethodPost, l.ready.Endpoint+"/api/v1/suites", token, body)
		if err != nil || status != http.StatusCreated {
			return
		}
		var suite struct{ ID string }
		if err := json.Unmarshal(answer, &suite); err != nil {
			return
		}
		l.mu.Lock()
		l.suites = append(l.suites, suite.ID)
		l.mu.Unlock()
	}
}

// refresh refreshes until the server is gone.
func (l *load) refresh(ctx context.Context, c *chain) {
	for ctx.Err() == nil {
		c.asking = true
		next, status, err := l.renew(ctx, c.tokens[len(c.tokens)-1])
		if err != nil || status != http.StatusOK {
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
	status, answer, err := call(ctx, l.client, http.MethodPost, l.ready.Endpoint+"/auth/token", "", string(body))
	if err != nil {
		return tokens{}, 0, err
	}
	return next, status, json.Unmarshal(answer, &next)
}

// TestProgram_KilledUnderLoadItLosesNothingThatItAnswered kills the server with
// SIGKILL in the middle of writes, 20 times on one store, and asks the next one
// for everything that the one before had answered.
func TestProgram_KilledUnderLoadItLosesNothingThatItAnswered(t *testing.T) {
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
	args = append(args, "--admin-client-secret", adminSecret, "--rate-limit", "off")
	var before *load
	answered, refreshed := 0, 0
	for round := range killRounds {
		p, r := start(t, nil, args...)
		r.ClientSecret = adminSecret
		if before != nil {
			before.ready.Endpoint = r.Endpoint
			before.checkSuites(t, signIn(t, r).AccessToken)
			before.checkChains(t)
		}
		l := &load{ready: r, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
		l.run(t, round, p)
		answered += len(l.suites)
		for _, c := range l.chains {
			refreshed += len(c.tokens) - 1
		}
		before = l
	}
	if answered < killRounds || refreshed < killRounds {
		t.Fatalf("%d creations and %d refreshes were answered: too few to tell", answered, refreshed)
	}
	t.Logf("%d creations and %d refreshes were answered before %d kills", answered, refreshed, killRounds)
}

// run puts load on the server, kills it, and waits for its end.
func (l *load) run(t *testing.T, round int, p *program) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	for i := range 3 {
		first := signIn(t, l.ready)
		name := fmt.Sprintf("round %d client %d", round, i)
		l.errands.Go(func() { l.create(ctx, name, first.AccessToken) })
		c := &chain{tokens: []tokens{first}}
		l.chains = append(l.chains, c)
		l.errands.Go(func() { l.refresh(ctx, c) })
	}
	time.Sleep(time.Duration(30+rand.IntN(60)) * time.Millisecond)
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.exited
	l.errands.Wait()
}

// checkSuites asks for all suites whose creation was answered.
func (l *load) checkSuites(t *testing.T, token string) {
	t.Helper()
	const most = 200 // ids in one request
	for at := 0; at < len(l.suites); at += most {
		ids := l.suites[at:min(at+most, len(l.suites))]
		status, answer, err := call(t.Context(), l.client, http.MethodGet,
			l.ready.Endpoint+"/api/v1/suites?limit=500&ids="+strings.Join(ids, ","), token, "")
		if err != nil || status != http.StatusOK {
			t.Fatalf("%d %s %v", status, answer, err)
		}
		var list struct{ Total int }
		if err := json.Unmarshal(answer, &list); err != nil {
			t.Fatal(err)
		}
		if list.Total != len(ids) {
			t.Fatalf("of %d suites whose creation was answered, %d are there", len(ids), list.Total)
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
			t.Fatalf("a refresh token whose use was answered: %d %s %v", status, next.Error, err)
		}
		if next, status, err := l.renew(t.Context(), last); err != nil || status != http.StatusBadRequest || next.Error != "invalid_grant" {
			t.Fatalf("its successor, after the reuse: %d %s %v", status, next.Error, err)
		}
	}
}
