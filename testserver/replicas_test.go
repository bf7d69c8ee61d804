package testserver_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
)

// team is several servers on one database, behind a proxy that sends each
// request to the next of them.
type team struct {
	replicas []*testserver.Server
	front    *testserver.Server // the first of them, called by the proxy's URL
}

func newTeam(t *testing.T, n int) team {
	t.Helper()
	var targets []*url.URL
	var turn atomic.Int64
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(targets[int(turn.Add(1))%len(targets)])
	}})
	t.Cleanup(proxy.Close)
	database := postgrestest.URL(t)
	admin := testserver.Admin{ClientID: "administrator", ClientSecret: "qmEVDTGrf2WC0CDAOAoDJqGBeBlun084", LoginID: "root@example.com"}
	var replicas []*testserver.Server
	for range n {
		s := testserver.Start(t, testserver.WithDatabaseURL(database), testserver.WithAdmin(admin),
			testserver.WithSeed(seeded), testserver.WithPublicURL(proxy.URL))
		target, err := url.Parse(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		replicas, targets = append(replicas, s), append(targets, target)
	}
	return team{replicas: replicas, front: replicas[0]}
}

// inParallel sends the same request n times at once through the proxy.
func (team team) inParallel(t *testing.T, n int, method, path, body string, headers ...string) []answer {
	t.Helper()
	answers := make([]answer, n)
	var ready, all sync.WaitGroup
	ready.Add(n)
	for i := range n {
		all.Go(func() {
			r, err := http.NewRequestWithContext(t.Context(), method, team.front.PublicURL()+path, strings.NewReader(body))
			if err != nil {
				t.Error(err)
			}
			r.Header.Set("Content-Type", "application/json")
			for j := 0; j < len(headers); j += 2 {
				r.Header.Set(headers[j], headers[j+1])
			}
			ready.Done()
			ready.Wait()
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			var content bytes.Buffer
			_, err = content.ReadFrom(response.Body)
			if err != nil {
				t.Error(err)
			}
			answers[i] = answer{response.StatusCode, response.Header, content.Bytes()}
		})
	}
	all.Wait()
	return answers
}

func TestReplicas_ARefreshTokenIsUsedOnce(t *testing.T) {
	t.Parallel()
	team := newTeam(t, 3)
	first := signIn(t, team.front)
	body, err := json.Marshal(map[string]string{
		"grantType": "refresh_token", "clientId": "NmN78x6DMfde1XRx9hQg",
		"refresh_token": first.field("refresh_token"), "id_token": first.field("id_token"),
	})
	if err != nil {
		t.Fatal(err)
	}
	granted := 0
	var winner answer
	for _, got := range team.inParallel(t, 30, http.MethodPost, "/auth/token", string(body)) {
		switch {
		case got.status == http.StatusOK:
			granted++
			winner = got
		case got.status != http.StatusBadRequest || got.field("error") != "invalid_grant":
			t.Errorf("refused with %d %s", got.status, got.body)
		}
	}
	if granted != 1 {
		t.Fatalf("%d of 30 parallel uses were granted", granted)
	}
	// The reuse ended the family, the winner's tokens included.
	for i, replica := range team.replicas {
		got := send(t.Context(), t, replica, http.MethodPost, "/auth/introspect", `{"token":"`+winner.field("access_token")+
			`","clientId":"NmN78x6DMfde1XRx9hQg","clientSecret":"`+workerSecret+`"}`)
		if got.status != http.StatusOK || string(got.body) != `{"active":false}` {
			t.Errorf("replica %d says of the winner's token: %d %s", i, got.status, got.body)
		}
	}
}

func TestReplicas_AnIdempotencyKeyHoldsAcrossThem(t *testing.T) {
	t.Parallel()
	team := newTeam(t, 3)
	token, err := team.front.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]int{}
	for _, got := range team.inParallel(t, 12, http.MethodPost, "/api/v1/suites", `{"name":"Once"}`,
		"Authorization", "Bearer "+token, "Idempotency-Key", "one-key-for-all-attempts") {
		if got.status != http.StatusCreated {
			t.Errorf("%d %s", got.status, got.body)
		}
		ids[got.field("id")]++
	}
	if len(ids) != 1 {
		t.Errorf("12 attempts made %d suites", len(ids))
	}
	got := manage(t, team.replicas[2], http.MethodGet, "/api/v1/suites?name=Once", "")
	if !strings.Contains(string(got.body), `"total":1`) {
		t.Errorf("another replica lists %s", got.body)
	}
}

func TestReplicas_AKeyRotatedOnOneIsUsedByAll(t *testing.T) {
	t.Parallel()
	team := newTeam(t, 2)
	other := team.replicas[1]
	old := signIn(t, team.front).field("access_token")
	kid, err := team.front.RotateKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for kidOf(signIn(t, other).field("access_token")) != kid {
		if time.Now().After(deadline) {
			t.Fatal("the other replica goes on signing with the old key")
		}
		time.Sleep(50 * time.Millisecond)
	}
	jwks := send(t.Context(), t, other, http.MethodGet, "/auth/.well-known/jwks.json", "")
	if !bytes.Contains(jwks.body, []byte(kid)) || !bytes.Contains(jwks.body, []byte(kidOf(old))) {
		t.Errorf("the other replica publishes %s", jwks.body)
	}
}

func TestReplicas_StartTogetherOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	database := postgrestest.URL(t)
	servers := make([]*testserver.Server, 4)
	var all sync.WaitGroup
	for i := range servers {
		all.Go(func() {
			s, err := testserver.New(testserver.WithDatabaseURL(database), testserver.WithSeed(seeded))
			if err != nil {
				t.Errorf("server %d: %v", i, err)
				return
			}
			t.Cleanup(func() { _ = s.Close() })
			servers[i] = s
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	secrets, kids := 0, map[string]bool{}
	for _, s := range servers {
		if s.Admin().ClientSecret != "" {
			secrets++
		}
		kids[kidOf(signIn(t, s).field("access_token"))] = true
		if s.Admin().ClientID != servers[0].Admin().ClientID {
			t.Error("two administrators were made up")
		}
	}
	if secrets != 1 || len(kids) != 1 {
		t.Errorf("%d servers made up a secret, and they sign with %d keys", secrets, len(kids))
	}
}
