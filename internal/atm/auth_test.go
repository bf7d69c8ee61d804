package atm_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// issuer plays the token endpoint and an API that takes the newest token only.
type issuer struct {
	t       *testing.T
	mu      sync.Mutex
	signIns int
	fresh   int
	current string
	refuse  string        // the OAuth error of a sign-in
	noMore  bool          // refuse refreshes
	secrets []string      // of the sign-ins
	slow    time.Duration // of a sign-in
	lifespn int
	keeps   bool // a refresh returns no new refresh token
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/auth/token" {
		i.api(w, r)
		return
	}
	time.Sleep(i.slow)
	var body strings.Builder
	buffer := make([]byte, 4096)
	n, _ := r.Body.Read(buffer)
	body.Write(buffer[:n])
	request := decodeBody(i.t, body.String())

	i.mu.Lock()
	defer i.mu.Unlock()
	if request["grantType"] == "refresh_token" {
		if i.noMore || request["refresh_token"] != "refresh" || request["id_token"] != "id-token" {
			response(400, `{"error":"invalid_grant"}`)(w, r)
			return
		}
		i.fresh++
	} else {
		i.signIns++
		i.secrets = append(i.secrets, fmt.Sprint(request["clientSecret"]))
		if i.refuse != "" {
			response(400, fmt.Sprintf(`{"error":%q,"error_description":"no"}`, i.refuse))(w, r)
			return
		}
	}
	i.current = fmt.Sprintf("token-%d-%d", i.signIns, i.fresh)
	if i.keeps && i.fresh > 0 {
		response(200, fmt.Sprintf(`{"access_token":%q,"exp_access_token":%d}`, i.current, i.lifespn))(w, r)
		return
	}
	response(200, fmt.Sprintf(`{"access_token":%q,"refresh_token":"refresh","id_token":"id-token","exp_access_token":%d}`, i.current, i.lifespn))(w, r)
}

func (i *issuer) api(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	ok := i.current != "" && r.Header.Get("Authorization") == "Bearer "+i.current
	i.mu.Unlock()
	if !ok {
		problem(401, "urn:atm:problem:unauthorized")(w, r)
		return
	}
	response(200, suiteJSON)(w, r)
}

func (i *issuer) revoke() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.current = "another"
}

func (i *issuer) counts() (signIns, refreshes int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.signIns, i.fresh
}

type movedClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *movedClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *movedClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newIssuer(t *testing.T) (*issuer, func(...func(*atm.Config)) *atm.Client, *movedClock) {
	t.Helper()
	i := &issuer{t: t, lifespn: 600}
	server := newFake(t, i.ServeHTTP)
	server.Config.Handler = i
	clock := &movedClock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	return i, func(change ...func(*atm.Config)) *atm.Client {
		config := atm.Config{
			Endpoint: server.URL, ClientID: "client", ClientSecret: atm.SecretValue("very-secret-value"), LoginID: "ada@example.com",
			RetryWait: time.Millisecond, MaxRetries: 2, Now: clock.Now,
		}
		for _, c := range change {
			c(&config)
		}
		return newClient(t, config)
	}, clock
}

func TestSignIn_OnceForAllOperations(t *testing.T) {
	t.Parallel()
	server, client, _ := newIssuer(t)
	server.slow = 20 * time.Millisecond
	c := client(func(c *atm.Config) { c.MaxConcurrency = 1 })
	if signIns, _ := server.counts(); signIns != 0 {
		t.Fatalf("%d sign-ins before the first request, want it lazy", signIns)
	}
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if _, err := c.Suite(t.Context(), "s1"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if signIns, refreshes := server.counts(); signIns != 1 || refreshes != 0 {
		t.Errorf("%d sign-ins and %d refreshes, want 1 and 0", signIns, refreshes)
	}
}

func TestSignIn_RenewsByTheRefreshGrantBeforeTheEnd(t *testing.T) {
	t.Parallel()
	server, client, clock := newIssuer(t)
	c := client()
	for range 3 {
		if _, err := c.Suite(t.Context(), "s1"); err != nil {
			t.Fatal(err)
		}
		clock.advance(575 * time.Second) // 600 less the margin of 30
	}
	if signIns, refreshes := server.counts(); signIns != 1 || refreshes != 2 {
		t.Errorf("%d sign-ins and %d refreshes, want 1 and 2", signIns, refreshes)
	}
}

// RFC 6749 §6: without a new refresh token, the old one goes on.
func TestSignIn_KeepsTheRefreshTokenThatIsNotReplaced(t *testing.T) {
	t.Parallel()
	server, client, clock := newIssuer(t)
	server.keeps = true
	c := client()
	for range 3 {
		if _, err := c.Suite(t.Context(), "s1"); err != nil {
			t.Fatal(err)
		}
		clock.advance(575 * time.Second)
	}
	if signIns, refreshes := server.counts(); signIns != 1 || refreshes != 2 {
		t.Errorf("%d sign-ins and %d refreshes, want 1 and 2", signIns, refreshes)
	}
}

func TestSignIn_RefusedRefreshFallsBackToSigningIn(t *testing.T) {
	t.Parallel()
	server, client, clock := newIssuer(t)
	server.noMore = true
	c := client()
	for range 2 {
		if _, err := c.Suite(t.Context(), "s1"); err != nil {
			t.Fatal(err)
		}
		clock.advance(time.Hour)
	}
	if signIns, _ := server.counts(); signIns != 2 {
		t.Errorf("%d sign-ins, want 2", signIns)
	}
}

func TestSignIn_RevokedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	server, client, _ := newIssuer(t)
	c := client()
	if _, err := c.Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	server.revoke()
	if _, err := c.Suite(t.Context(), "s1"); err != nil {
		t.Fatalf("after the token was revoked: %v", err)
	}
}

func TestSignIn_RefusalNamesTheSettingAndIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	for code, setting := range map[string]string{
		"invalid_client": "client_secret", "invalid_grant": "login_id", "unauthorized_client": "User Credentials",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			server, client, _ := newIssuer(t)
			server.refuse = code
			c := client()
			for range 5 {
				_, err := c.Suite(t.Context(), "s1")
				var refused *atm.SignInError
				if !errors.As(err, &refused) || !strings.Contains(err.Error(), setting) {
					t.Fatalf("err = %v, want a SignInError that names %s", err, setting)
				}
				if strings.Contains(err.Error(), "very-secret-value") {
					t.Fatalf("the error holds the secret: %v", err)
				}
			}
			if signIns, _ := server.counts(); signIns != 1 {
				t.Errorf("%d sign-ins, want 1: failures are rate-limited", signIns)
			}
		})
	}
}

func TestSignIn_TokenThatIsNeverTakenEnds(t *testing.T) {
	t.Parallel()
	signIns := 0
	server := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/auth/token" {
			signIns++
			response(200, `{"access_token":"t","refresh_token":"r","id_token":"i","exp_access_token":600}`)(w, r)
			return
		}
		problem(401, "urn:atm:problem:unauthorized")(w, r)
	})
	client := newClient(t, atm.Config{Endpoint: server.URL, ClientID: "c", ClientSecret: atm.SecretValue("s"), LoginID: "l"})
	_, err := client.Suite(t.Context(), "s1")
	if err == nil || !strings.Contains(err.Error(), "management access") {
		t.Errorf("err = %v, want it to name management access", err)
	}
	if signIns != 2 {
		t.Errorf("%d sign-ins, want 2: a single 401 may be a gateway's", signIns)
	}
	if _, err := client.Suite(t.Context(), "s1"); err == nil || signIns != 2 {
		t.Errorf("err = %v after %d sign-ins in all, want no further sign-in", err, signIns)
	}
}

// A gateway may refuse the first call with a token that was issued a moment ago.
func TestClient_OneUnauthorizedWithAFreshTokenIsRepeated(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]func(*atm.Config){
		"static": func(*atm.Config) {},
		"sign-in": func(c *atm.Config) {
			c.AccessToken, c.ClientID, c.ClientSecret, c.LoginID = atm.Secret{}, "c", atm.SecretValue("very-secret"), "ada@example.com"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused := false
			server := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/auth/token":
					response(200, `{"access_token":"fresh","refresh_token":"r","id_token":"i","exp_access_token":600}`)(w, r)
				case !refused:
					refused = true
					response(401, "")(w, r)
				default:
					response(201, suiteJSON)(w, r)
				}
			})
			if _, err := server.client(t, source).CreateSuite(t.Context(), "one-key-for-both", atm.SuiteCreate{Name: "payments"}); err != nil {
				t.Errorf("after one 401: %v", err)
			}
		})
	}
}

func TestSignIn_SecretFileIsReadAgain(t *testing.T) {
	t.Parallel()
	server, client, clock := newIssuer(t)
	server.noMore = true
	file := filepath.Join(t.TempDir(), "secret")
	write(t, file, "first\n")
	c := client(func(c *atm.Config) { c.ClientSecret = atm.SecretFile(file) })
	if _, err := c.Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	write(t, file, "second\n")
	clock.advance(time.Hour)
	if _, err := c.Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(server.secrets, " "); got != "first second" {
		t.Errorf("signed in with %q, want first, then second", got)
	}
}

func TestStaticToken_ExpiredSaysWhenAndWhatElse(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	server := newFake(t, response(200, suiteJSON))
	secret := token(t, "old", now.Add(-time.Minute))
	client := server.client(t, func(c *atm.Config) { c.AccessToken, c.Now = atm.SecretValue(secret), func() time.Time { return now } })
	_, err := client.Suite(t.Context(), "s1")
	var refused *atm.SignInError
	if !errors.As(err, &refused) {
		t.Fatalf("err = %v, want a SignInError", err)
	}
	for _, want := range []string{"expired at 2026-01-02T03:03:05Z", "client_id", "ephemeral"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not contain %q", err, want)
		}
	}
	if strings.Contains(err.Error(), secret) {
		t.Error("the error holds the token")
	}
	if len(server.requests()) != 0 {
		t.Error("a dead token was sent")
	}
}

func TestStaticToken_RefusedSaysSo(t *testing.T) {
	t.Parallel()
	server := newFake(t, problem(401, "urn:atm:problem:unauthorized"))
	_, err := server.client(t).Suite(t.Context(), "s1")
	var refused *atm.SignInError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "401") {
		t.Errorf("err = %v, want a SignInError that names the 401", err)
	}
	if len(server.requests()) != 2 {
		t.Errorf("%d requests, want 2: a single 401 may be a gateway's", len(server.requests()))
	}
}

func TestStaticToken_FileIsReadAgainWhenItsTokenExpired(t *testing.T) {
	t.Parallel()
	clock := &movedClock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	file := filepath.Join(t.TempDir(), "token")
	first := token(t, "first", clock.now.Add(time.Minute))
	write(t, file, first)
	server := newFake(t, response(200, suiteJSON))
	client := server.client(t, func(c *atm.Config) { c.AccessToken, c.Now = atm.SecretFile(file), clock.Now })
	if _, err := client.Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	second := token(t, "second", clock.now.Add(time.Hour))
	write(t, file, second)
	clock.advance(2 * time.Minute)
	if _, err := client.Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	requests := server.requests()
	if requests[0].Header.Get("Authorization") != "Bearer "+first || requests[1].Header.Get("Authorization") != "Bearer "+second {
		t.Error("the second request does not carry the file's new token")
	}
	clock.advance(2 * time.Hour)
	if _, err := client.Suite(t.Context(), "s1"); err == nil || !strings.Contains(err.Error(), "access_token_file") {
		t.Errorf("err = %v, want it to name access_token_file", err)
	}
}

func TestClient_WithoutCredentialIssuesTokensOnly(t *testing.T) {
	t.Parallel()
	server := newFake(t, response(200, `{"access_token":"t","exp_access_token":600}`))
	client := server.client(t, func(c *atm.Config) { c.AccessToken = atm.Secret{} })
	if _, err := client.IssueToken(t.Context(), atm.TokenRequest{Grant: atm.GrantClientCredentials, ClientID: "c", ClientSecret: "s"}); err != nil {
		t.Fatal(err)
	}
	var refused *atm.SignInError
	if _, err := client.Suite(t.Context(), "s1"); !errors.As(err, &refused) {
		t.Errorf("err = %v, want a SignInError", err)
	}
}

func TestIssueToken_SpellsTheRequestAsThePage(t *testing.T) {
	t.Parallel()
	server := newFake(t, response(200, `{"access_token":"t","exp_access_token":600}`))
	_, err := server.client(t).IssueToken(t.Context(), atm.TokenRequest{
		Grant: atm.GrantUserCredentials, ClientID: "NmN78x6DMfde1XRx9hQg", ClientSecret: "secret", LoginID: "admin@gmail.com",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"clientId":"NmN78x6DMfde1XRx9hQg","clientSecret":"secret","grant_types":"user_credentials","loginId":"admin@gmail.com"}`
	if server.bodies[0] != want {
		t.Errorf("body %s, want %s", server.bodies[0], want)
	}
	if server.requests()[0].Header.Get("Authorization") != "" {
		t.Error("the provider's own token goes with another application's request")
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The error of a sign-in belongs to every request that waited for it: none changes it (the race detector sees who does).
func TestSignIn_ItsErrorIsSharedAndNotChanged(t *testing.T) {
	t.Parallel()
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(20 * time.Millisecond) // all requests wait for one sign-in
		w.WriteHeader(http.StatusInternalServerError)
	})
	client := f.client(t, func(c *atm.Config) {
		c.AccessToken, c.MaxRetries = atm.Secret{}, 0
		c.ClientID, c.ClientSecret, c.LoginID = "client", atm.SecretValue("secret"), "ada@example.com"
	})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := client.Suite(t.Context(), "s1"); err == nil || strings.Count(err.Error(), "last attempt") > 1 {
				t.Errorf("err = %v", err)
			}
		})
	}
	group.Wait()
}
