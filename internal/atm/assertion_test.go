package atm_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// pipeline plays GitHub's token endpoint: each token is another one.
func pipeline(t *testing.T, clock *movedClock) *assertion.Source {
	t.Helper()
	var (
		mu sync.Mutex
		n  int
	)
	server := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		response(200, fmt.Sprintf(`{"value":%q}`, ready(t, fmt.Sprint(n), clock.Now().Add(time.Minute))))(w, nil)
	})
	source, err := sources(clock, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": server.URL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x"}).Find()
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func sources(clock *movedClock, environ map[string]string) assertion.Settings {
	return assertion.Settings{
		Audience: "https://atm.example.com", Now: clock.Now, RetryWait: time.Millisecond, Transport: http.DefaultTransport,
		Lookup: func(name string) (string, bool) { value, ok := environ[name]; return value, ok },
	}
}

func ready(t *testing.T, id string, expires time.Time) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "https://issuer.example.com", "sub": "repo:octo/shop:environment:prod", "aud": "https://atm.example.com", "jti": id, "exp": expires.Unix(),
	}).SignedString([]byte("key of a test"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func by(source *assertion.Source) func(*atm.Config) {
	return func(c *atm.Config) { c.ClientSecret, c.Assertion = atm.Secret{}, source }
}

// A sign-in with an assertion has no secret, and both parameters of RFC 7521 §4.2.
func TestSignIn_WithAnAssertion(t *testing.T) {
	t.Parallel()
	clock := &movedClock{now: time.Now()}
	server := newFake(t, response(200, `{"access_token":"t","exp_access_token":600}`))
	token := ready(t, "1", clock.Now().Add(time.Hour))
	_, err := server.client(t).IssueToken(t.Context(), atm.TokenRequest{
		Grant: atm.GrantUserCredentials, ClientID: "c", LoginID: "ada@example.com", Assertion: sources(clock, nil).Value("client_assertion", token),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"clientId":"c","grant_types":"user_credentials","loginId":"ada@example.com","client_assertion_type":"` + assertionType + `","client_assertion":"` + token + `"}`
	if server.bodies[0] != want {
		t.Errorf("body %s, want %s", server.bodies[0], want)
	}
}

// Each attempt has a new assertion where the source can be asked again: ATM may have taken the first.
func TestSignIn_EachAttemptHasANewAssertion(t *testing.T) {
	t.Parallel()
	clock := &movedClock{now: time.Now()}
	for name, test := range map[string]struct {
		source *assertion.Source
		differ bool
	}{
		"GitHub Actions": {pipeline(t, clock), true},
		"a private key":  {sources(clock, nil).PrivateKey("client_private_key_pem", assertion.Key{PEM: someKey, ClientID: "client"}), true},
		"a ready token":  {sources(clock, nil).Value("ATM_CLIENT_ASSERTION", ready(t, "1", clock.Now().Add(time.Hour))), false},
	} {
		server := newFake(t, response(503, ""), hangUp, response(429, ""), response(200, `{"access_token":"t","refresh_token":"r","id_token":"i","exp_access_token":600}`), response(200, suiteJSON))
		client := server.client(t, by(test.source), func(c *atm.Config) {
			c.AccessToken, c.ClientID, c.LoginID, c.Now = atm.Secret{}, "client", "ada@example.com", clock.Now
		})
		if _, err := client.Suite(t.Context(), "s1"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		seen := map[any]bool{}
		for _, body := range server.bodies[:4] {
			seen[decodeBody(t, body)["client_assertion"]] = true
		}
		if want := map[bool]int{true: 4, false: 1}[test.differ]; len(seen) != want || seen[nil] {
			t.Errorf("%s: %d different assertions in four attempts, want %d", name, len(seen), want)
		}
	}
}

// The file is read at each attempt too.
func TestSignIn_AssertionFileIsReadAtEachAttempt(t *testing.T) {
	t.Parallel()
	clock := &movedClock{now: time.Now()}
	file := filepath.Join(t.TempDir(), "token")
	first, second := ready(t, "1", clock.Now().Add(time.Hour)), ready(t, "2", clock.Now().Add(time.Hour))
	write(t, file, first+"\n")
	server := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		write(t, file, second)
		response(503, "")(w, r)
	}, response(200, `{"access_token":"t","exp_access_token":600}`))
	_, err := server.client(t).IssueToken(t.Context(), atm.TokenRequest{
		Grant: atm.GrantClientCredentials, ClientID: "c", Assertion: sources(clock, nil).File("client_assertion_file", file),
	})
	if err != nil || decodeBody(t, server.bodies[0])["client_assertion"] != first || decodeBody(t, server.bodies[1])["client_assertion"] != second {
		t.Errorf("%v, %d requests", err, len(server.bodies))
	}
}

// A ready token is exchanged once, and then the refresh token serves: also when the ready one has expired. If that has
// ended too, the error names the source, when its token expired, and what to do.
func TestSignIn_ReadyTokenAndThenTheRefreshToken(t *testing.T) {
	t.Parallel()
	server, client, clock := newIssuer(t)
	token := ready(t, "1", clock.Now().Add(5*time.Minute))
	expires := clock.Now().Add(5 * time.Minute).UTC().Format(time.RFC3339)
	c := client(by(sources(clock, nil).Value("ATM_CLIENT_ASSERTION", token)))
	for range 4 {
		if _, err := c.Suite(t.Context(), "s1"); err != nil {
			t.Fatal(err)
		}
		clock.advance(10 * time.Minute)
	}
	if signIns, refreshes := server.counts(); signIns != 1 || refreshes != 3 {
		t.Errorf("%d sign-ins and %d refreshes, want 1 and 3", signIns, refreshes)
	}
	server.mu.Lock()
	server.noMore = true
	server.mu.Unlock()
	_, err := c.Suite(t.Context(), "s1")
	var refused *atm.SignInError
	if !errors.As(err, &refused) {
		t.Fatalf("err = %v, want a SignInError", err)
	}
	for _, want := range []string{"refresh token", "ATM_CLIENT_ASSERTION", "expired at " + expires, "Start the job again", "refresh_token_lifespan"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
	if signIns, _ := server.counts(); signIns != 1 {
		t.Errorf("%d sign-ins: an expired token was sent", signIns)
	}
	if strings.Contains(err.Error(), token) {
		t.Error("the error contains the token")
	}
}

// A refused assertion is not tried again and again, not even a new one of the same identity; the error says what to compare.
func TestSignIn_RefusedAssertion(t *testing.T) {
	t.Parallel()
	server, client, clock := newIssuer(t)
	server.refuse = "invalid_client"
	for name, test := range map[string]struct {
		source *assertion.Source
		want   []string
	}{
		"a CI system": {pipeline(t, clock), []string{"GitHub Actions", `iss "https://issuer.example.com"`, `sub "repo:octo/shop:environment:prod"`, `aud "https://atm.example.com"`, "federated_credentials"}},
		"a key":       {sources(clock, nil).PrivateKey("client_private_key_pem", assertion.Key{PEM: someKey, ClientID: "client"}), []string{"client_private_key_pem", `sub "client"`, "public_keys"}},
	} {
		before, _ := server.counts()
		c := client(by(test.source))
		for range 3 {
			_, err := c.Suite(t.Context(), "s1")
			for _, want := range append(test.want, "client_id") {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Fatalf("%s: the error lacks %q: %v", name, want, err)
				}
			}
		}
		if after, _ := server.counts(); after-before != 1 {
			t.Errorf("%s: %d sign-ins, want 1: failures are rate-limited", name, after-before)
		}
	}
}

// A file may have a better token the next time.
func TestSignIn_RefusedAssertionOfAFile(t *testing.T) {
	t.Parallel()
	server, client, clock := newIssuer(t)
	server.refuse = "invalid_client"
	file := filepath.Join(t.TempDir(), "token")
	write(t, file, ready(t, "1", clock.Now().Add(time.Hour)))
	c := client(by(sources(clock, nil).File("client_assertion_file", file)))
	for range 2 {
		if _, err := c.Suite(t.Context(), "s1"); err == nil {
			t.Fatal("no error")
		}
	}
	server.refuse = ""
	write(t, file, ready(t, "2", clock.Now().Add(time.Hour)))
	if _, err := c.Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	if signIns, _ := server.counts(); signIns != 2 {
		t.Errorf("%d sign-ins, want 2: one for each token", signIns)
	}
}

// A source that gives no token ends the operation with its own words.
func TestSignIn_NoAssertion(t *testing.T) {
	t.Parallel()
	server, client, clock := newIssuer(t)
	refuses := newFake(t, response(403, "a body"))
	source, err := sources(clock, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": refuses.URL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x"}).Find()
	if err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]*assertion.Source{
		"GitHub Actions":        source,
		"client_assertion_file": sources(clock, nil).File("client_assertion_file", "/nowhere/token"),
	} {
		_, err := client(by(source)).Suite(t.Context(), "s1")
		var refused *atm.SignInError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "could not sign in: "+name+" ") || strings.Contains(err.Error(), "a body") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if signIns, _ := server.counts(); signIns != 0 {
		t.Errorf("%d sign-ins without an assertion", signIns)
	}
}

// A revocation authenticates in the same way.
func TestRevokeToken_WithAnAssertion(t *testing.T) {
	t.Parallel()
	clock := &movedClock{now: time.Now()}
	server := newFake(t, response(503, ""), response(200, ""))
	if err := server.client(t).RevokeToken(t.Context(), atm.Revocation{ClientID: "c", Assertion: pipeline(t, clock), Token: "the token"}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, body := range server.bodies {
		form, err := url.ParseQuery(body)
		if err != nil || form.Get("client_assertion_type") != assertionType || form.Get("token") != "the token" || form.Get("client_id") != "c" || form.Has("client_secret") {
			t.Errorf("form %v, %v", form, err)
		}
		seen[form.Get("client_assertion")] = true
	}
	if len(seen) != 2 {
		t.Errorf("%d different assertions in two attempts", len(seen))
	}
}

// No echo of a request shows an assertion, in any encoding.
func TestAssertion_IsMaskedInErrors(t *testing.T) {
	t.Parallel()
	clock := &movedClock{now: time.Now()}
	token := ready(t, "1", clock.Now().Add(time.Hour))
	_, signature, _ := strings.Cut(token[strings.Index(token, ".")+1:], ".")
	file := filepath.Join(t.TempDir(), "token")
	write(t, file, token)
	for name, source := range map[string]*assertion.Source{
		"value": sources(clock, nil).Value("client_assertion", token), "file": sources(clock, nil).File("client_assertion_file", file),
	} {
		for encoding, encode := range map[string]func(string) string{
			"plain": func(s string) string { return s }, "base64": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }, "URL": url.QueryEscape,
			"the signature": func(s string) string { return s[strings.Index(s, signature):] },
		} {
			server := newFake(t, response(400, fmt.Sprintf(`{"error":"invalid_request","error_description":"echo %s"}`, encode(token))))
			_, err := server.client(t).IssueToken(t.Context(), atm.TokenRequest{Grant: atm.GrantClientCredentials, ClientID: "c", Assertion: source})
			if err == nil || !strings.Contains(err.Error(), "(sensitive)") || strings.Contains(err.Error(), encode(token)) || strings.Contains(err.Error(), signature) {
				t.Errorf("%s, %s: %v", name, encoding, err)
			}
		}
	}
}

// someKey is the key of a client.
var someKey = func() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}()
