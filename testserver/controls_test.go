package testserver_test

import (
	"html"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

func TestControls_MoveTheServerOverHTTP(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded), testserver.WithTestControls(""))
	steps := []struct {
		method, path, body string
		status             int
		has                string
	}{
		{"PUT", "/_test/clock", `{"now":"2030-01-02T03:04:05Z"}`, 200, `"now":"2030-01-02T03:04:`},
		{"POST", "/auth/token", workerSignIn, 200, `"access_token"`},
		{"POST", "/_test/clock/advance", `{"seconds":3600}`, 200, `"now":"2030-01-02T04:04:`},
		{"GET", "/_test/clock", "", 200, `"now":"2030-01-02T04:04:`},
		{"POST", "/_test/faults", `{"path":"/auth/*","status":503,"times":1}`, 204, ""},
		{"POST", "/auth/token", workerSignIn, 503, ""},
		{"GET", "/_test/requests", "", 200, `"total":2`},
		{"DELETE", "/_test/requests", "", 204, ""},
		{"GET", "/_test/requests", "", 200, `"total":0`},
		{"POST", "/_test/tokens", `{"claims":{"iss":"x"},"alg":"HS256","key":"unknown"}`, 200, `"token":"eyJ`},
		{"POST", "/_test/tokens", `{"alg":"ROT13"}`, 400, `"/alg"`},
		{"POST", "/_test/tokens", `{"key":"theirs"}`, 400, `"/key"`},
		{"PUT", "/_test/config", `{"publicUrl":"http://atm.test:1234"}`, 204, ""},
		{"GET", "/.well-known/openid-configuration", "", 200, `"issuer":"http://atm.test:1234"`},
		{"POST", "/_test/reset", "", 204, ""},
		{"GET", "/.well-known/openid-configuration", "", 200, `"issuer":"` + s.URL + `"`},
		{"GET", "/_test/clock", "", 200, time.Now().UTC().Format(`"now":"2006-`)},
		{"POST", "/auth/token", workerSignIn, 200, `"access_token"`},
		{"GET", "/_test/nowhere", "", 404, `"urn:atm:problem:unknown-path"`},
		{"PUT", "/_test/reset", "", 405, `"urn:atm:problem:method-not-allowed"`},
	}
	for _, step := range steps {
		got := send(t.Context(), t, s, step.method, step.path, step.body)
		if got.status != step.status || !strings.Contains(string(got.body), step.has) {
			t.Fatalf("%s %s %s: %d %s, want %d and %s", step.method, step.path, step.body, got.status, got.body, step.status, step.has)
		}
	}
}

func TestControls_AreClosedToPagesAndOpenToTheToken(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithTestControls(""))
	if got := send(t.Context(), t, s, http.MethodGet, "/_test/clock", "", "Origin", s.URL); got.status != http.StatusForbidden {
		t.Errorf("a page: %d", got.status)
	}
	s = testserver.Start(t, testserver.WithTestControls("let-me-in"))
	if got := send(t.Context(), t, s, http.MethodGet, "/_test/clock", ""); got.status != http.StatusUnauthorized {
		t.Errorf("without the token: %d", got.status)
	}
	got := send(t.Context(), t, s, http.MethodGet, "/_test/clock", "", "Authorization", "Bearer let-me-in")
	if got.status != http.StatusOK {
		t.Errorf("with the token: %d", got.status)
	}
}

const codesSeed = `
suites:
  - name: Shop
    projects:
      - name: Web
        users:
          - { email: jo@example.com, firstName: Jo, role: system_user }
          - { email: stranger@example.com, firstName: Al, role: system_user }
        applications:
          - name: Web
            authenticatorType: authorization_code
            clientId: webwebwebwebwebwebwe
            clientSecret: 7hGd2KqWx9Zr4TnYb6VfMc1LpJs8RtQe
            redirectUrls: [https://web.example.com/callback]
            users: [{ email: jo@example.com }]
          - name: App
            authenticatorType: authorization_code_pkce
            clientId: appappappappappappap
            clientSecret: 7hGd2KqWx9Zr4TnYb6VfMc1LpJs8RtQe
            redirectUrls: [https://app.example.com/a, https://app.example.com/b]
            users: [{ email: jo@example.com }]
          - { name: Job, authenticatorType: client_credentials, clientId: jobjobjobjobjobjobjo }
`

// RFC 7636, appendix B.
const (
	codeVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	codeChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func TestControls_ACodeIsThatOfTheSignInPage(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(codesSeed), testserver.WithTestControls(""))
	exchange := func(code, more string) response {
		return send(t.Context(), t, s, http.MethodPost, "/auth/token", `{"grantType":"authorization_code",
			"clientSecret":"7hGd2KqWx9Zr4TnYb6VfMc1LpJs8RtQe","code":"`+code+`",`+more+`}`)
	}
	web := send(t.Context(), t, s, http.MethodPost, "/_test/codes", `{"clientId":"webwebwebwebwebwebwe","loginId":"Jo@example.com","scope":"openid"}`)
	if got := exchange(web.field("code"), `"clientId":"webwebwebwebwebwebwe"`); got.status != http.StatusOK {
		t.Errorf("%s is exchanged: %d %s", web.body, got.status, got.body)
	}
	code, err := s.AuthorizationCode(t.Context(), testserver.CodeRequest{
		ClientID: "appappappappappappap", LoginID: "jo@example.com", RedirectURI: "https://app.example.com/b",
		CodeChallenge: codeChallenge, Nonce: "n-0S6_WzA2Mj",
	})
	if err != nil {
		t.Fatal(err)
	}
	redirected := `"clientId":"appappappappappappap","redirectUri":"https://app.example.com/b"`
	got := exchange(code, redirected+`,"codeVerifier":"`+codeVerifier+`"`)
	if got.status != http.StatusOK || claimsOf(t, got.field("id_token"))["nonce"] != "n-0S6_WzA2Mj" {
		t.Errorf("a code with everything is exchanged: %d %s", got.status, got.body)
	}
	if again := exchange(code, redirected+`,"codeVerifier":"`+codeVerifier+`"`); again.status != http.StatusBadRequest {
		t.Errorf("again: %d", again.status)
	}
}

func TestControls_ACodeIsRefusedAsTheSignInPageRefuses(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(codesSeed), testserver.WithTestControls(""))
	for name, tt := range map[string]struct {
		body string
		// query is the same request for the sign-in page; empty where that needs
		// a sign-in to refuse it.
		query, want string
	}{
		"unknown application": {`"clientId":"x","loginId":"jo@example.com"`, "client_id=x", "No application has this client id."},
		"without the page": {`"clientId":"jobjobjobjobjobjobjo","loginId":"jo@example.com"`, "client_id=jobjobjobjobjobjobjo",
			"authenticator type has no sign-in page"},
		"no challenge": {`"clientId":"appappappappappappap","loginId":"jo@example.com","redirectUri":"https://app.example.com/a"`,
			"client_id=appappappappappappap&redirect_uri=https://app.example.com/a", "needs a code_challenge"},
		"no redirect URL": {`"clientId":"appappappappappappap","loginId":"jo@example.com"`, "client_id=appappappappappappap", "2 redirect URLs"},
		"other redirect URL": {`"clientId":"webwebwebwebwebwebwe","loginId":"jo@example.com","redirectUri":"https://evil.example.com"`,
			"client_id=webwebwebwebwebwebwe&redirect_uri=https://evil.example.com", "not one of the application"},
		"bad challenge": {`"clientId":"webwebwebwebwebwebwe","loginId":"jo@example.com","codeChallenge":"x"`,
			"client_id=webwebwebwebwebwebwe&code_challenge=x&code_challenge_method=S256", "code_challenge must be"},
		"unknown user":      {`"clientId":"webwebwebwebwebwebwe","loginId":"no@example.com"`, "", "/loginId must be the email address of a user"},
		"unassigned user":   {`"clientId":"webwebwebwebwebwebwe","loginId":"stranger@example.com"`, "", "not enabled for this application"},
		"no client id":      {`"loginId":"jo@example.com"`, "x=y", "clientId (or client_id) is missing"},
		"an unknown member": {`"client_id":"x"`, "", "/client_id is not a known field"},
	} {
		got := send(t.Context(), t, s, http.MethodPost, "/_test/codes", "{"+tt.body+"}")
		if got.status != http.StatusBadRequest || !strings.Contains(got.field("detail"), tt.want) {
			t.Errorf("%s: %d %s, want %s", name, got.status, got.body, tt.want)
		}
		if tt.query == "" {
			continue
		}
		if page := signInPage(t, s, tt.query); !strings.Contains(page, got.field("detail")) {
			t.Errorf("%s: the page says %s, the control %s", name, page, got.body)
		}
	}
}

// signInPage is what the sign-in page says to a request, or to the application
// that it redirects to.
func signInPage(t *testing.T, s *testserver.Server, query string) string {
	t.Helper()
	client := *s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/login?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if to, err := response.Location(); err == nil {
		return to.Query().Get("error_description")
	}
	return html.UnescapeString(string(body))
}
