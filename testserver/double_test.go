package testserver_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/metrics"
)

// asked asks the management API with a given token.
func asked(t testing.TB, s *testserver.Server, token string) response {
	t.Helper()
	return send(t.Context(), t, s, http.MethodGet, "/api/v1/suites", "", "Authorization", "Bearer "+token)
}

func TestServer_TokensExpireByItsClock(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	token, err := s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(9 * time.Minute)
	if got := asked(t, s, token); got.status != http.StatusOK {
		t.Errorf("after 9 minutes of 10: %d %s", got.status, got.body)
	}
	s.Clock.Advance(2 * time.Minute)
	if got := asked(t, s, token); got.status != http.StatusUnauthorized {
		t.Errorf("after 11 minutes of 10: %d %s", got.status, got.body)
	}
}

func TestServers_ShareTheClockThatTheyAreGiven(t *testing.T) {
	t.Parallel()
	clock := testserver.NewClock()
	one, other := testserver.Start(t, testserver.WithClock(clock)), testserver.Start(t, testserver.WithClock(clock))
	noon := time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	clock.Freeze(noon)
	if one.Clock != clock || other.Clock != clock || !other.Clock.Now().Equal(noon) {
		t.Error("the clock is another one")
	}
}

func TestServer_FaultsMeetRequestsButNotItself(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded), testserver.WithFaults(testserver.Fault{Status: 503, Times: 1}))
	remove := s.Fail(testserver.Fault{Path: "/auth/**", Status: 429, Headers: map[string]string{"Retry-After": "1"}})
	if got := send(t.Context(), t, s, http.MethodPost, "/auth/token", workerSignIn); got.status != 503 {
		t.Errorf("the fault of the option: %d", got.status)
	}
	if got := send(t.Context(), t, s, http.MethodPost, "/auth/token", workerSignIn); got.status != 429 || got.header.Get("Retry-After") != "1" {
		t.Errorf("the fault of Fail: %d", got.status)
	}
	if _, err := s.Admin().Token(t.Context()); err != nil {
		t.Errorf("a token for the administrator meets the fault: %v", err)
	}
	remove()
	signIn(t, s)
	s.Fail(testserver.Fault{Status: 500})
	s.ClearFaults()
	signIn(t, s)
}

func TestServer_AFaultThatCannotBeMeantIsThePanicOfTheTest(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	defer func() {
		if said := fmt.Sprint(recover()); !strings.Contains(said, "path is not a glob") {
			t.Errorf("got %s", said)
		}
	}()
	s.Fail(testserver.Fault{Path: "["})
}

func TestServer_AChangeWhoseResponseIsLostIsMade(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	token, err := s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Fail(testserver.Fault{Method: "POST", Drop: testserver.DropAfter, Times: 1})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/v1/suites", bytes.NewBufferString(`{"name":"Lost"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	if response, err := s.Client().Do(r); err == nil {
		response.Body.Close()
		t.Fatalf("a response came: %d", response.StatusCode)
	}
	got := manage(t, s, http.MethodGet, "/api/v1/suites?name=Lost", "")
	if !strings.Contains(string(got.body), `"total":1`) {
		t.Errorf("the change was not made: %s", got.body)
	}
	want := []string{"POST /api/v1/suites 0", "GET /api/v1/suites 200"}
	var requests []string
	for _, r := range s.Requests() {
		requests = append(requests, fmt.Sprint(r.Method, " ", r.Path, " ", r.Status))
	}
	if !slices.Equal(requests, want) {
		t.Errorf("the journal has %v, want %v", requests, want)
	}
}

func TestServer_CountsRequests(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded))
	signIn(t, s)
	signIn(t, s)
	manage(t, s, http.MethodGet, "/api/v1/applications/T_1kwjq0gTKGW6-g4O8OF", "")
	for _, tt := range []struct {
		method, path string
		want         int
	}{
		{"", "", 3}, {"POST", "", 2}, {"", "/auth/token", 2}, {"GET", "/api/v1/applications/*", 1}, {"GET", "/api/**", 1}, {"PATCH", "", 0},
	} {
		if got := s.CountRequests(tt.method, tt.path); got != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.path, got, tt.want)
		}
	}
	s.ForgetRequests()
	if got := s.CountRequests("", ""); got != 0 {
		t.Errorf("%d after they were forgotten", got)
	}
}

func TestServer_MintsWhatMustBeRefused(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	past, path := int64(-1), "../../etc/passwd"
	tests := map[string]struct {
		spec   testserver.TokenSpec
		status int
	}{
		"a right one":              {testserver.TokenSpec{}, 200},
		"right claims, other time": {testserver.TokenSpec{ExpiresIn: new(int64(60))}, 200},
		"expired":                  {testserver.TokenSpec{ExpiresIn: &past}, 401},
		"of an unknown key":        {testserver.TokenSpec{Key: "unknown"}, 401},
		"unknown key, known kid":   {testserver.TokenSpec{Key: "unknown", KeyID: new(currentKeyID(t, s))}, 401},
		"a path for a kid":         {testserver.TokenSpec{KeyID: &path}, 401},
		"no kid":                   {testserver.TokenSpec{KeyID: new("")}, 401},
		"none":                     {testserver.TokenSpec{Algorithm: "none"}, 401},
		"HS256 by the public key":  {testserver.TokenSpec{Algorithm: "HS256"}, 401},
		"RS512":                    {testserver.TokenSpec{Algorithm: "RS512"}, 401},
		"PS256":                    {testserver.TokenSpec{Algorithm: "PS256"}, 401},
		"another issuer":           {testserver.TokenSpec{Claims: map[string]any{"iss": "mta"}}, 401},
		"another audience":         {testserver.TokenSpec{Claims: map[string]any{"aud": "x"}}, 401},
		"without jti":              {testserver.TokenSpec{Claims: map[string]any{"jti": nil}}, 401},
		"not yet":                  {testserver.TokenSpec{Claims: map[string]any{"nbf": s.Clock.Now().Add(time.Hour).Unix()}}, 401},
		"without exp":              {testserver.TokenSpec{Claims: map[string]any{"exp": nil}}, 401},
		"exp as a text":            {testserver.TokenSpec{Claims: map[string]any{"exp": "tomorrow"}}, 401},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token, err := s.Mint(t.Context(), tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			if got := asked(t, s, token); got.status != tt.status {
				t.Errorf("%d %s, want %d", got.status, got.body, tt.status)
			}
		})
	}
	for _, spec := range []testserver.TokenSpec{{Key: "mine"}, {Algorithm: "HS1"}, {Algorithm: "ES256"}} {
		if _, err := s.Mint(t.Context(), spec); err == nil {
			t.Errorf("%+v can be minted", spec)
		}
	}
}

func currentKeyID(t testing.TB, s *testserver.Server) string {
	t.Helper()
	got := manage(t, s, http.MethodGet, "/api/v1/signing-keys", "")
	for _, part := range strings.Split(string(got.body), "{") {
		if strings.Contains(part, `"status":"current"`) {
			_, kid, _ := strings.Cut(part, `"kid":"`)
			kid, _, _ = strings.Cut(kid, `"`)
			return kid
		}
	}
	t.Fatalf("no current key in %s", got.body)
	return ""
}

func TestServer_RotatesItsKeyAtOnce(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	before := currentKeyID(t, s)
	old, err := s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kid, err := s.RotateKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if now := currentKeyID(t, s); now != kid || now == before {
		t.Errorf("the current key is %s, RotateKey said %s", now, kid)
	}
	if got := asked(t, s, old); got.status != http.StatusOK {
		t.Errorf("a token of the key before: %d %s", got.status, got.body)
	}
	jwks := send(t.Context(), t, s, http.MethodGet, "/auth/.well-known/jwks.json", "")
	if jwks.header.Get("Cache-Control") != "no-cache" || !bytes.Contains(jwks.body, []byte(before)) || !bytes.Contains(jwks.body, []byte(kid)) {
		t.Errorf("%v %s", jwks.header, jwks.body)
	}
}

func TestServer_ResetReturnsToTheSeed(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded), testserver.WithFaults(testserver.Fault{Path: "/down", Status: 503}))
	admin := s.Admin()
	old, err := admin.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	manage(t, s, http.MethodPost, "/api/v1/suites", `{"name":"Gone"}`)
	manage(t, s, http.MethodPatch, "/api/v1/applications/T_1kwjq0gTKGW6-g4O8OF", "")
	s.Clock.Advance(1000 * time.Hour)
	s.Fail(testserver.Fault{Status: 500})
	if err := s.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(s.Clock.Now()); d < -time.Minute || d > time.Minute {
		t.Errorf("the clock is off by %s", d)
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("the journal has %d requests", n)
	}
	if s.Admin() != admin {
		t.Error("the administrator has other credentials")
	}
	signIn(t, s)
	got := manage(t, s, http.MethodGet, "/api/v1/suites", "")
	if strings.Contains(string(got.body), "Gone") || !strings.Contains(string(got.body), "Shop") {
		t.Errorf("the suites are %s", got.body)
	}
	if got := asked(t, s, old); got.status != http.StatusUnauthorized {
		t.Errorf("a token from before: %d %s", got.status, got.body)
	}
	if got := send(t.Context(), t, s, http.MethodGet, "/down", ""); got.status != 503 {
		t.Errorf("the fault that the server was made with: %d", got.status)
	}
}

func TestServer_SweepsWhatHasExpired(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded), metrics.WithPrometheus())
	signIn(t, s)
	token := signIn(t, s).field("refresh_token")
	s.Sweep(t.Context())
	swept := func() string {
		return string(send(t.Context(), t, s, http.MethodGet, "/metrics", "").body)
	}
	if got := swept(); !strings.Contains(got, `atm_swept_rows_total{kind="families"} 0`) {
		t.Errorf("families that are alive were swept: %s", got)
	}
	s.Clock.Advance(25 * time.Hour)
	s.Sweep(t.Context())
	if got := swept(); !strings.Contains(got, `atm_swept_rows_total{kind="families"} 2`) {
		t.Errorf("families that have expired were not swept: %s", got)
	}
	got := send(t.Context(), t, s, http.MethodPost, "/auth/token", `{"grantType":"refresh_token","clientId":"NmN78x6DMfde1XRx9hQg",
		"clientSecret":"`+workerSecret+`","refresh_token":"`+token+`"}`)
	if got.field("error") != "invalid_grant" {
		t.Errorf("a token that was swept: %d %s", got.status, got.body)
	}
}

func TestServer_FaultsBreakHTTP2StreamsToo(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSelfSignedTLS(""))
	get := func() (string, error) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/auth/.well-known/jwks.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := s.Client().Do(r)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		var body bytes.Buffer
		_, err = body.ReadFrom(response.Body)
		return response.Proto, err
	}
	if proto, err := get(); err != nil || proto != "HTTP/2.0" {
		t.Fatalf("%s, %v", proto, err)
	}
	for name, fault := range map[string]testserver.Fault{
		"dropped": {Drop: testserver.DropBefore}, "lost": {Drop: testserver.DropAfter}, "cut": {Truncate: new(10)},
	} {
		remove := s.Fail(fault)
		if _, err := get(); err == nil {
			t.Errorf("%s: a response came whole", name)
		}
		remove()
	}
	if _, err := get(); err != nil {
		t.Errorf("after the faults: %v", err)
	}
}
