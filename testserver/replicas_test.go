package testserver_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
)

func TestReplicas_OfAHundredUsesOfARefreshTokenOneIsGranted(t *testing.T) {
	t.Parallel()
	const clientID = "NmN78x6DMfde1XRx9hQg"
	team := newTeam(t, 3)
	first := team.signIn(t, clientID)
	granted := 0
	var winner response
	for _, got := range team.inParallel(t, 100, http.MethodPost, "/auth/token", refreshOf(t, clientID, first)) {
		switch {
		case got.status == http.StatusOK:
			granted++
			winner = got
		case got.status != http.StatusBadRequest || got.field("error") != "invalid_grant":
			t.Errorf("refused with %d %s", got.status, got.field("error"))
		}
	}
	if granted != 1 {
		t.Fatalf("%d of 100 parallel uses were granted", granted)
	}
	// The reuse ended the family, the winner's tokens included.
	team.dead(t, winner.field("access_token"), clientID)
	team.dead(t, first.field("access_token"), clientID)
	team.want(t, http.StatusBadRequest, http.MethodPost, "/auth/token", refreshOf(t, clientID, winner))
	team.counted(t, winner.field("access_token"), 1)
}

func TestReplicas_WithinGraceAllUsesGetOneSuccessor(t *testing.T) {
	t.Parallel()
	const clientID = "forgivingforgivingfo"
	team := newTeam(t, 3)
	tokens := team.signIn(t, clientID)
	first := tokens
	rounds := []int{100, 10, 10, 10, 10}
	for round, n := range rounds {
		successors := map[string]bool{}
		for _, got := range team.inParallel(t, n, http.MethodPost, "/auth/token", refreshOf(t, clientID, tokens)) {
			if got.status != http.StatusOK {
				t.Fatalf("round %d: %d %s", round, got.status, got.field("error"))
			}
			successors[got.field("refresh_token")] = true
			tokens = got
		}
		if len(successors) != 1 {
			t.Fatalf("round %d: %d successors of one token", round, len(successors))
		}
	}
	team.counted(t, tokens.field("access_token"), len(rounds))
	// The successor of the first has been used: the first is no lost response.
	team.want(t, http.StatusBadRequest, http.MethodPost, "/auth/token", refreshOf(t, clientID, first))
	team.dead(t, tokens.field("access_token"), clientID)
}

func TestReplicas_ACodeIsExchangedOnce(t *testing.T) {
	t.Parallel()
	const clientID = "webwebwebwebwebwebwe"
	team := newTeam(t, 3)
	for range 3 {
		first := team.want(t, http.StatusOK, http.MethodPost, "/auth/token", exchangeOf(team.code(t)))
		if first.field("id_token") == "" {
			t.Fatal("the exchange returns no id token")
		}
	}
	for round := range 5 {
		code := team.code(t)
		var won []response
		for _, got := range team.inParallel(t, 20, http.MethodPost, "/auth/token", exchangeOf(code)) {
			switch {
			case got.status == http.StatusOK:
				won = append(won, got)
			case got.status != http.StatusBadRequest || got.field("error") != "invalid_grant":
				t.Errorf("round %d: refused with %d %s", round, got.status, got.field("error"))
			}
		}
		// None is granted where the second use came before the first was stored.
		if len(won) > 1 {
			t.Fatalf("round %d: %d exchanges of one code were granted", round, len(won))
		}
		for _, got := range won {
			team.dead(t, got.field("access_token"), clientID)
			team.want(t, http.StatusBadRequest, http.MethodPost, "/auth/token", exchangeOf(code))
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
	parent := manage(t, team.front, http.MethodGet, "/api/v1/applications/T_1kwjq0gTKGW6-g4O8OF", "")
	body := `{"name":"Once","suiteId":"` + parent.field("suiteId") + `","projectId":"` + parent.field("projectId") +
		`","authenticatorType":"client_credentials"}`
	ids, secrets, replayed := map[string]bool{}, map[string]bool{}, 0
	var made response
	for _, got := range team.inParallel(t, 20, http.MethodPost, "/api/v1/applications", body,
		"Authorization", "Bearer "+token, "Idempotency-Key", "one-key-for-all-attempts") {
		if got.status != http.StatusCreated {
			t.Fatalf("%d %s", got.status, got.field("type"))
		}
		ids[got.field("id")], secrets[got.field("clientSecret")] = true, true
		if got.header.Get("Idempotency-Replayed") == "true" {
			replayed++
		}
		made = got
	}
	if len(ids) != 1 || len(secrets) != 1 || replayed != 19 {
		t.Errorf("20 attempts made %d applications, returned %d secrets, and %d were replays", len(ids), len(secrets), replayed)
	}
	for _, replica := range team.replicas {
		got := manage(t, replica, http.MethodGet, "/api/v1/applications?name=Once", "")
		if !strings.Contains(string(got.body), `"total":1`) {
			t.Error("a replica does not list exactly one")
		}
		got = send(t.Context(), t, replica, http.MethodPost, "/auth/token", `{"grant_type":"client_credentials","client_id":"`+
			made.field("clientId")+`","client_secret":"`+made.field("clientSecret")+`"}`)
		if got.status != http.StatusOK {
			t.Errorf("the secret that was returned signs in with %d", got.status)
		}
	}
	other := team.want(t, http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/applications",
		strings.Replace(body, "Once", "Twice", 1), "Authorization", "Bearer "+token, "Idempotency-Key", "one-key-for-all-attempts")
	if other.field("type") != "urn:atm:problem:idempotency-key-reused" {
		t.Errorf("another body: %s", other.field("type"))
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
