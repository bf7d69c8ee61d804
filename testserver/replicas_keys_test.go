package testserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/metrics"
)

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

// verifier keeps the JWKS for as long as the headers allow, by the servers'
// clock, and asks for it no sooner, for any kid that it meets.
type verifier struct {
	team  team
	clock *testserver.Clock
	keys  jose.JSONWebKeySet
	until time.Time
}

var maxAge = regexp.MustCompile(`max-age=(\d+)`)

func (v *verifier) verify(t *testing.T, token string) error {
	t.Helper()
	if !v.clock.Now().Before(v.until) {
		got := v.team.want(t, http.StatusOK, http.MethodGet, "/auth/.well-known/jwks.json", "")
		seconds, err := strconv.Atoi(maxAge.FindStringSubmatch(got.header.Get("Cache-Control"))[1])
		if err != nil {
			t.Fatal(err)
		}
		v.keys = jose.JSONWebKeySet{}
		if err := json.Unmarshal(got.body, &v.keys); err != nil {
			t.Fatal(err)
		}
		v.until = v.clock.Now().Add(time.Duration(seconds) * time.Second)
	}
	known := v.keys.Key(kidOf(token))
	if len(known) != 1 {
		return fmt.Errorf("kid %s is unknown", kidOf(token))
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return err
	}
	_, err = signed.Verify(known[0])
	return err
}

// TestReplicas_VerifiersAndOldFamiliesOutliveRotations lets a quarter of an
// hour of scheduled and demanded rotations pass: three verifiers that began at
// different times know each key that signs, and a family of the first minute
// still refreshes, by the id token of a key that has long left the JWKS.
func TestReplicas_VerifiersAndOldFamiliesOutliveRotations(t *testing.T) {
	t.Parallel()
	clock := testserver.NewClock()
	clock.Freeze(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	team := newTeam(t, 3, testserver.WithClock(clock),
		testserver.WithJWKSMaxAge(30*time.Second), testserver.WithKeyRotation(2*time.Minute))
	const clientID = "NmN78x6DMfde1XRx9hQg"
	shorten(t, team)
	old := team.signIn(t, clientID)
	verifiers := []*verifier{{team: team, clock: clock}, {team: team, clock: clock}, {team: team, clock: clock}}
	kids := map[string]bool{}
	const step, steps = 5 * time.Second, 180
	for i := range steps {
		clock.Advance(step)
		for _, replica := range team.replicas {
			if err := replica.LookAfterKeys(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if i == steps/2 {
			token, err := team.front.Admin().Token(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			team.want(t, http.StatusOK, http.MethodPost, "/api/v1/signing-keys/rotate", "", "Authorization", "Bearer "+token, "Content-Type", "")
		}
		token := team.signIn(t, clientID).field("access_token")
		kids[kidOf(token)] = true
		for n, v := range verifiers[:min(1+i/3, len(verifiers))] {
			if err := v.verify(t, token); err != nil {
				t.Fatalf("after %s, verifier %d: %v", time.Duration(i)*step, n, err)
			}
		}
	}
	if len(kids) < 7 {
		t.Errorf("%d keys signed in %s: there was too little rotation to tell", len(kids), steps*step)
	}
	jwks := team.want(t, http.StatusOK, http.MethodGet, "/auth/.well-known/jwks.json", "")
	if bytes.Contains(jwks.body, []byte(kidOf(old.field("id_token")))) {
		t.Fatal("the first key is still published")
	}
	team.want(t, http.StatusOK, http.MethodPost, "/auth/token", refreshOf(t, clientID, old))
}

// shorten lets the worker's access tokens live for a minute, so that a key has
// little to stay in the JWKS for.
func shorten(t *testing.T, team team) {
	t.Helper()
	token, err := team.front.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	team.want(t, http.StatusOK, http.MethodPatch, "/api/v1/applications/T_1kwjq0gTKGW6-g4O8OF", `{"accessTokenLifespan":60}`,
		"Authorization", "Bearer "+token, "Content-Type", "application/merge-patch+json")
}

func TestReplicas_WhatIsDueIsDoneOnce(t *testing.T) {
	t.Parallel()
	clock := testserver.NewClock()
	clock.Freeze(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	team := newTeam(t, 3, testserver.WithClock(clock), testserver.WithJWKSMaxAge(time.Minute), testserver.WithKeyRotation(24*time.Hour),
		metrics.WithPrometheus())
	const families = 12
	for range families {
		team.signIn(t, "NmN78x6DMfde1XRx9hQg")
	}
	clock.Advance(40 * 24 * time.Hour) // longer than a refresh token lives
	together := func(work func(*testserver.Server)) {
		var all sync.WaitGroup
		for _, replica := range team.replicas {
			all.Go(func() { work(replica) })
		}
		all.Wait()
	}
	for range 3 {
		together(func(s *testserver.Server) { s.Sweep(t.Context()) })
	}
	together(func(s *testserver.Server) {
		if err := s.LookAfterKeys(t.Context()); err != nil {
			t.Error(err)
		}
	})
	swept := 0
	row := regexp.MustCompile(`atm_swept_rows_total\{kind="families"\} (\d+)`)
	for _, replica := range team.replicas {
		got := send(t.Context(), t, replica, http.MethodGet, "/metrics", "")
		n, err := strconv.Atoi(row.FindStringSubmatch(string(got.body))[1])
		if err != nil {
			t.Fatal(err)
		}
		swept += n
	}
	if swept != families {
		t.Errorf("the replicas swept %d families of %d", swept, families)
	}
	var list struct{ Items []struct{ Status string } }
	for i, replica := range team.replicas {
		got := manage(t, replica, http.MethodGet, "/api/v1/signing-keys", "")
		if err := json.Unmarshal(got.body, &list); err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, key := range list.Items {
			count[key.Status]++
		}
		if count["current"] != 1 || count["next"] != 1 || len(list.Items) > 3 {
			t.Errorf("replica %d lists %v after one rotation", i, count)
		}
	}
}
