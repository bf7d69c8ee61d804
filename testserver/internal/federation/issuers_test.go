package federation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

func respond(body string, header ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		_, _ = w.Write([]byte(body))
	})
}

func TestIssuers_StrangersCauseNoFetch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	single := w.entry()
	single.SingleUse = true
	for name, tc := range map[string]struct {
		claims testissuer.Claims
		entry  store.FederatedCredential
	}{
		"issuer":   {testissuer.Claims{"iss": "https://evil.example"}, w.entry()},
		"audience": {testissuer.Claims{"aud": "other"}, w.entry()},
		"subject":  {testissuer.Claims{"sub": "repo:evil/x:ref:y"}, w.entry()},
		"claims":   {nil, store.FederatedCredential{Issuer: w.issuer.URL, Subject: w.entry().Subject, Audience: ownIssuer, Claims: map[string]string{"a": "b"}}},
		"time":     {testissuer.Claims{"exp": start.Add(-time.Hour).Unix()}, w.entry()},
		"jti":      {testissuer.Claims{"jti": nil}, single},
	} {
		if _, fault := w.verify(t, w.issuer.Token(claims(tc.claims)), tc.entry); fault == "" {
			t.Errorf("%s: accepted", name)
		}
	}
	if got := w.requests(); got != [2]int{} {
		t.Errorf("%v requests", got)
	}
	if _, fault := w.verify(t, w.issuer.Token(claims(nil)), w.entry()); fault != "" || w.requests() != [2]int{1, 1} {
		t.Errorf("%q after %v requests", fault, w.requests())
	}
}

func TestIssuers_KeepKeysAsLongAsHeadersSay(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		header []string
		fresh  time.Duration
	}{
		"nothing said":  {nil, time.Minute},
		"a minute":      {[]string{"Cache-Control", "max-age=60"}, time.Minute},
		"a second":      {[]string{"Cache-Control", "max-age=1"}, time.Minute},
		"ten minutes":   {[]string{"Cache-Control", "public, max-age=600, must-revalidate"}, 10 * time.Minute},
		"with an age":   {[]string{"Cache-Control", "max-age=600", "Age", "300"}, 5 * time.Minute},
		"a year":        {[]string{"Cache-Control", "max-age=31536000"}, 24 * time.Hour},
		"no store":      {[]string{"Cache-Control", "no-store, max-age=600"}, time.Minute},
		"expires":       {[]string{"Date", "Sat, 05 Sep 2026 08:00:00 GMT", "Expires", "Sat, 05 Sep 2026 08:30:00 GMT"}, 30 * time.Minute},
		"expired":       {[]string{"Date", "Sat, 05 Sep 2026 08:00:00 GMT", "Expires", "0"}, time.Minute},
		"no directives": {[]string{"Cache-Control", "?!"}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.issuer.Handle(testissuer.PathJWKS, respond(string(w.issuer.JWKS()), tc.header...))
			entry := w.entry()
			entry.JWKSURI = w.issuer.URL + testissuer.PathJWKS
			use := func() int {
				if _, fault := w.verify(t, w.issuer.Token(claims(nil)), entry); fault != "" {
					t.Error(fault)
				}
				return w.issuer.Requests(testissuer.PathJWKS)
			}
			use()
			w.clock.Freeze(start.Add(tc.fresh - time.Second))
			if n := use(); n != 1 {
				t.Errorf("%d requests while it is fresh", n)
			}
			w.clock.Freeze(start.Add(tc.fresh))
			if n := use(); n != 2 {
				t.Errorf("%d requests after that", n)
			}
		})
	}
}

func TestIssuers_UseOldKeysAnHourWhileFetchesFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	use := func() Fault {
		_, fault := w.verify(t, w.issuer.Token(claims(nil)), w.entry())
		return fault
	}
	if fault := use(); fault != "" {
		t.Fatal(fault)
	}
	for _, path := range []string{testissuer.PathDiscovery, testissuer.PathJWKS} {
		w.issuer.Handle(path, http.NotFoundHandler())
	}
	w.clock.Freeze(start.Add(time.Minute + time.Hour - time.Second))
	if fault := use(); fault != "" {
		t.Errorf("within the hour: %q", fault)
	}
	w.clock.Freeze(start.Add(time.Minute + time.Hour))
	if fault := use(); fault != FaultKeysInvalid {
		t.Errorf("after it: %q", fault)
	}
}

func TestIssuers_RotatedKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	use := func(token string) Fault {
		_, fault := w.verify(t, token, w.entry())
		return fault
	}
	old := w.issuer.Token(claims(nil))
	if fault := use(old); fault != "" {
		t.Fatal(fault)
	}
	w.issuer.Rotate()
	if fault := use(w.issuer.Token(claims(nil))); fault != FaultKey {
		t.Errorf("a second fetch in the same minute: %q", fault)
	}
	w.clock.Freeze(start.Add(time.Minute))
	if fault := use(w.issuer.Token(claims(nil))); fault != "" {
		t.Errorf("a minute later: %q", fault)
	}
	w.issuer.Withdraw()
	w.clock.Freeze(start.Add(3 * time.Minute))
	if fault := use(old); fault != FaultKey {
		t.Errorf("a key that was withdrawn: %q", fault)
	}
}

func TestIssuers_UnknownKidsCauseOneFetch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	private, _ := w.issuer.Key()
	if _, fault := w.verify(t, w.issuer.Token(claims(nil)), w.entry()); fault != "" {
		t.Fatal(fault)
	}
	for minute := range 2 {
		w.clock.Freeze(start.Add(time.Duration(minute+1) * time.Minute))
		for n := range 1000 {
			token := testissuer.Sign(jwt.SigningMethodES256, private, map[string]any{"kid": fmt.Sprint("unknown ", n)}, w.issuer.Complete(claims(nil)))
			if _, fault := w.verify(t, token, w.entry()); fault != FaultKey {
				t.Fatalf("%d: %q", n, fault)
			}
		}
		if n := w.issuer.Requests(testissuer.PathJWKS); n != minute+2 {
			t.Errorf("%d requests", n)
		}
	}
}

func TestIssuers_FailuresCauseOneFetchAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issuer.Handle(testissuer.PathDiscovery, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusServiceUnavailable) }))
	for n := range 10 {
		r := Request{Assertion: w.issuer.Token(claims(nil)), Credentials: []store.FederatedCredential{w.entry()}, Issuer: ownIssuer, Now: w.clock.Now()}
		_, refusal := w.issuers.Verify(t.Context(), r)
		if refusal == nil || refusal.Fault != FaultKeysUnreachable || refusal.RetryAfter != time.Minute-time.Duration(n)*time.Second {
			t.Errorf("%d: %+v", n, refusal)
		}
		w.clock.Freeze(start.Add(time.Duration(n+1) * time.Second))
	}
	if got := w.requests(); got != [2]int{1, 0} {
		t.Errorf("%v requests", got)
	}
	w.issuer.Restore(testissuer.PathDiscovery)
	w.clock.Freeze(start.Add(time.Minute))
	if _, fault := w.verify(t, w.issuer.Token(claims(nil)), w.entry()); fault != "" {
		t.Errorf("a minute later: %q", fault)
	}
}

func TestIssuers_ParallelRequestsShareAFetch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	jwks := w.issuer.JWKS()
	release := make(chan struct{})
	w.issuer.Handle(testissuer.PathJWKS, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = rw.Write(jwks)
	}))
	var all sync.WaitGroup
	canceled, cancel := context.WithCancel(t.Context())
	for n := range 20 {
		all.Go(func() {
			r := Request{Assertion: w.issuer.Token(claims(nil)), Credentials: []store.FederatedCredential{w.entry()}, Issuer: ownIssuer, Now: w.clock.Now()}
			ctx := t.Context()
			if n == 0 {
				ctx = canceled
			}
			if _, refusal := w.issuers.Verify(ctx, r); refusal != nil && n != 0 {
				t.Errorf("%d: %v", n, refusal)
			}
		})
	}
	for w.issuer.Requests(testissuer.PathJWKS) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel() // one that goes away does not take the fetch from the others
	close(release)
	all.Wait()
	if got := w.requests(); got != [2]int{1, 1} {
		t.Errorf("%v requests", got)
	}
}

func TestIssuers_AnotherTenantsKeysHaveNoEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, kid := w.issuer.Key()
	evil := string(must(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{jwk(ecKey.Public(), kid)}})))
	w.issuer.Handle("/evil", respond(evil, "Cache-Control", "max-age=86400"))
	tenant := w.entry()
	tenant.JWKSURI = w.issuer.URL + "/evil"
	forged := testissuer.Sign(jwt.SigningMethodES256, ecKey, map[string]any{"kid": kid}, w.issuer.Complete(claims(nil)))
	for range 2 {
		if _, fault := w.verify(t, forged, tenant); fault != "" {
			t.Errorf("at its own application: %q", fault)
		}
		if _, fault := w.verify(t, forged, w.entry()); fault != FaultSignature {
			t.Errorf("at another one: %q", fault)
		}
		if _, fault := w.verify(t, w.issuer.Token(claims(nil)), w.entry()); fault != "" {
			t.Errorf("the issuer's own token: %q", fault)
		}
	}
}

func TestIssuers_WrongResponses(t *testing.T) {
	t.Parallel()
	slow := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(10 * time.Second):
		}
	})
	broken := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("{"))
	})
	status := func(n int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) })
	}
	many := strings.Repeat(`{"kty":"oct","k":"AAAA"},`, 100)
	for name, tc := range map[string]struct {
		path    string
		handler func(*testissuer.Issuer) http.Handler
		fault   Fault
	}{
		"discovery with another issuer": {testissuer.PathDiscovery, func(i *testissuer.Issuer) http.Handler {
			return respond(`{"issuer":"https://other.example","jwks_uri":"` + i.URL + `/jwks"}`)
		}, FaultDiscovery},
		"discovery with a final slash": {testissuer.PathDiscovery, func(i *testissuer.Issuer) http.Handler {
			return respond(`{"issuer":"` + i.URL + `/","jwks_uri":"` + i.URL + `/jwks"}`)
		}, FaultDiscovery},
		"discovery without keys": {testissuer.PathDiscovery, func(i *testissuer.Issuer) http.Handler {
			return respond(`{"issuer":"` + i.URL + `"}`)
		}, FaultKeysInvalid},
		"keys in a file": {testissuer.PathDiscovery, func(i *testissuer.Issuer) http.Handler {
			return respond(`{"issuer":"` + i.URL + `","jwks_uri":"file:///etc/passwd"}`)
		}, FaultKeysInvalid},
		"keys at a link-local address": {testissuer.PathDiscovery, func(i *testissuer.Issuer) http.Handler {
			return respond(`{"issuer":"` + i.URL + `","jwks_uri":"http://169.254.169.254/latest"}`)
		}, FaultKeysAddress},
		"discovery redirected": {testissuer.PathDiscovery, func(i *testissuer.Issuer) http.Handler {
			return http.RedirectHandler(i.URL+"/other", http.StatusFound)
		}, FaultKeysInvalid},
		"not JSON":       {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler { return respond("<html>") }, FaultKeysInvalid},
		"duplicate keys": {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler { return respond(`{"keys":[],"keys":[]}`) }, FaultKeysInvalid},
		"empty":          {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler { return respond(`{"keys":[]}`) }, FaultKey},
		"no keys":        {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler { return respond(`{}`) }, FaultKey},
		"nothing":        {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler { return respond("") }, FaultKeysInvalid},
		"swapped": {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler {
			return respond(string(must(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{jwk(ecKey.Public(), "swapped")}}))))
		}, FaultKey},
		"huge":     {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler { return respond(`{"keys":[]}` + strings.Repeat(" ", 1<<20)) }, FaultKeysInvalid},
		"101 keys": {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler { return respond(`{"keys":[` + many + `{}]}`) }, FaultKeysInvalid},
		"redirected": {testissuer.PathJWKS, func(i *testissuer.Issuer) http.Handler {
			return http.RedirectHandler(i.URL+"/other", http.StatusMovedPermanently)
		}, FaultKeysInvalid},
		"not found":          {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler { return http.NotFoundHandler() }, FaultKeysInvalid},
		"slow":               {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler { return slow }, FaultKeysUnreachable},
		"cut off":            {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler { return broken }, FaultKeysUnreachable},
		"a fault of its own": {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler { return status(500) }, FaultKeysUnreachable},
		"too many requests":  {testissuer.PathJWKS, func(*testissuer.Issuer) http.Handler { return status(429) }, FaultKeysUnreachable},
		"private keys": {testissuer.PathJWKS, func(i *testissuer.Issuer) http.Handler {
			private, kid := i.Key()
			return respond(string(must(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{jwk(private, kid)}}))))
		}, FaultKey},
		"keys for encryption": {testissuer.PathJWKS, func(i *testissuer.Issuer) http.Handler {
			return respond(strings.Replace(string(i.JWKS()), `"sig"`, `"enc"`, 1))
		}, FaultKey},
		"another alg": {testissuer.PathJWKS, func(i *testissuer.Issuer) http.Handler {
			return respond(strings.Replace(string(i.JWKS()), "ES256", "RS256", 1))
		}, FaultKey},
		"unusable keys around": {testissuer.PathJWKS, func(i *testissuer.Issuer) http.Handler {
			return respond(strings.Replace(string(i.JWKS()), `[{`, `[{"kty":"RSA","n":"AAAA","e":"AQAB"},{"kty":"?"},7,{`, 1))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.issuer.Handle(tc.path, tc.handler(w.issuer))
			began := time.Now()
			if _, fault := w.verify(t, w.issuer.Token(claims(nil)), w.entry()); fault != tc.fault {
				t.Errorf("%q, want %q", fault, tc.fault)
			}
			if took := time.Since(began); took > 9*time.Second {
				t.Errorf("took %v", took)
			}
			if n := w.issuer.Requests("/other"); n != 0 {
				t.Error("a redirect was followed")
			}
		})
	}
}

func TestIssuers_WithoutKidOneKeyMustFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	private, _ := w.issuer.Key()
	token := testissuer.Sign(jwt.SigningMethodES256, private, nil, w.issuer.Complete(claims(nil)))
	if _, fault := w.verify(t, token, w.entry()); fault != "" {
		t.Errorf("one key: %q", fault)
	}
	w.issuer.Rotate()
	w.clock.Freeze(start.Add(time.Minute))
	if _, fault := w.verify(t, token, w.entry()); fault != FaultKey {
		t.Errorf("two keys: %q", fault)
	}
}

func TestIssuers_NeitherProxyNorCookies(t *testing.T) {
	t.Parallel()
	client := newClient(false)
	if transport := client.Transport.(*http.Transport); transport.Proxy != nil || client.Jar != nil {
		t.Error("the client has a proxy or cookies")
	}
}
