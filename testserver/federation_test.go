package testserver_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

const federatedSeed = `
suites:
  - name: Payments
    projects:
      - name: Checkout
        users: [{email: deploy@example.com, firstName: De, role: system_user}]
        applications:
          - name: Pipeline
            authenticatorType: user_credentials
            clientId: pipeline
            clientAuthentication: assertion
            federatedCredentials:
              - {name: github, issuer: ISSUER, subject: "repo:octo/shop:environment:prod", audience: ATM, claims: {repository_id: "7"}}
              - {name: gitlab, issuer: ISSUER, subject: "project_path:octo/shop:*", audience: ATM, loginIds: [deploy@example.com]}
              - {name: azure, issuer: ISSUER, subject: "p://octo/shop/deploy", audience: "api://AzureADTokenExchange", jwksUri: ISSUER/jwks, singleUse: true}
            users: [{email: deploy@example.com}]
`

// audience is that of the tokens of startFederated.
const audience = "https://atm.example.com"

// startFederated starts a server whose application Pipeline trusts an issuer.
func startFederated(t *testing.T, opts ...testserver.Option) (*testserver.Server, *testissuer.Issuer) {
	t.Helper()
	issuer := testissuer.Start(t)
	seed := strings.NewReplacer("ISSUER", issuer.URL, "ATM", audience).Replace(federatedSeed)
	s := testserver.Start(t, append([]testserver.Option{testserver.WithSeed(seed)}, opts...)...)
	issuer.Now = s.Clock.Now
	return s, issuer
}

// jobToken asks a CI system for a token as its jobs do.
func jobToken(t *testing.T, method, address, aud, token, member string, header ...string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	if aud != "" {
		query.Set("audience", aud)
	} else {
		query.Set("api-version", "7.1")
	}
	u.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(t.Context(), method, u.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		t.Fatalf("%d %s", response.StatusCode, body)
	}
	got, _ := members[member].(string)
	return got
}

// assertAs signs in as the pipeline's user.
func assertAs(t *testing.T, s *testserver.Server, assertion string) response {
	t.Helper()
	form := url.Values{"client_id": {"pipeline"}, "grant_type": {"user_credentials"}, "login_id": {"deploy@example.com"},
		"client_assertion": {assertion}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
	return send(t.Context(), t, s, http.MethodPost, "/auth/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

func TestFederation_JobsOfCISystemsSignInWithoutASecret(t *testing.T) {
	t.Parallel()
	s, issuer := startFederated(t)
	issuer.Job(testissuer.Claims{"sub": "repo:octo/shop:environment:prod", "repository_id": "7"})
	gitHub := issuer.GitHub()
	assertions := map[string]string{
		"GitHub": jobToken(t, http.MethodGet, gitHub["ACTIONS_ID_TOKEN_REQUEST_URL"], audience, gitHub["ACTIONS_ID_TOKEN_REQUEST_TOKEN"], "value"),
	}
	issuer.Job(testissuer.Claims{"sub": "project_path:octo/shop:ref_type:branch:ref:main"})
	assertions["GitLab"] = issuer.GitLab(audience)["ATM_CLIENT_ASSERTION"]
	issuer.Job(testissuer.Claims{"sub": "p://octo/shop/deploy"})
	azure := issuer.AzureDevOps()
	assertions["Azure DevOps"] = jobToken(t, http.MethodPost, azure["SYSTEM_OIDCREQUESTURI"], "", azure["SYSTEM_ACCESSTOKEN"], "oidcToken", "X-TFS-FedAuthRedirect", "Suppress")
	for system, assertion := range assertions {
		if got := assertAs(t, s, assertion); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", system, got.status, got.body)
		}
	}
	if got := assertAs(t, s, assertions["Azure DevOps"]); got.status != http.StatusUnauthorized {
		t.Errorf("a token that is valid once, again: %d %s", got.status, got.body)
	}
}

func TestFederation_AssertionsAreNowhere(t *testing.T) {
	t.Parallel()
	log := &syncBuffer{}
	s, issuer := startFederated(t, testserver.WithConsole(), testserver.WithTestControls(""),
		testserver.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	claims := testissuer.Claims{"sub": "repo:octo/shop:environment:prod", "repository_id": "7", "aud": audience}
	right := issuer.Token(claims)
	claims["sub"] = "repo:octo/shop:pull_request"
	wrong := issuer.Token(claims)
	if got := assertAs(t, s, right); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := assertAs(t, s, wrong); got.status != http.StatusUnauthorized || strings.Contains(string(got.body), "subject") {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, path := range []string{"/auth/token?client_assertion=" + right, "/auth/token/" + right} {
		send(t.Context(), t, s, http.MethodPost, path, "client_assertion="+right, "Content-Type", "application/x-www-form-urlencoded")
	}
	page := string(send(t.Context(), t, s, http.MethodGet, "/console", "").body)
	journal := string(send(t.Context(), t, s, http.MethodGet, "/_test/requests", "").body)
	for place, text := range map[string]string{"log": log.String(), "console": page, "journal": journal} {
		if text == "" {
			t.Errorf("no %s", place)
		}
		for _, part := range []string{right, wrong, strings.Split(right, ".")[1], strings.Split(right, ".")[2], strings.Split(wrong, ".")[1]} {
			if strings.Contains(text, part) {
				t.Errorf("the %s has an assertion or a part of it", place)
			}
		}
	}
	for _, want := range []string{"The assertion&#39;s subject differs", "by federated credential github"} {
		if !strings.Contains(page, want) {
			t.Errorf("the console does not show %q", want)
		}
	}
	if !strings.Contains(log.String(), "assertion_subject") || !strings.Contains(journal, "/auth/token") {
		t.Error("the log does not say why, or the journal is empty")
	}
}

func TestNew_OnlyPublicIssuersUnlessAllowed(t *testing.T) {
	t.Parallel()
	entry := func(issuer string) string {
		return strings.NewReplacer("ISSUER", issuer, "ATM", "atm").Replace(federatedSeed)
	}
	for name, tc := range map[string]struct {
		opts []testserver.Option
		says string
	}{
		"http":              {[]testserver.Option{testserver.WithSeed(entry("http://ci.example"))}, "seed:13:40: suites[0].projects[0].applications[0].federatedCredentials[0].issuer must begin with https://"},
		"http allowed":      {[]testserver.Option{testserver.WithSeed(entry("http://ci.example")), testserver.WithFederationAllowPrivate()}, ""},
		"https":             {[]testserver.Option{testserver.WithSeed(entry("https://ci.example"))}, ""},
		"the server itself": {[]testserver.Option{testserver.WithSeed(entry("https://atm.example.com")), testserver.WithPublicURL("https://atm.example.com")}, "issuer must not be this server"},
	} {
		s, err := testserver.New(tc.opts...)
		if err == nil {
			_ = s.Close()
		}
		if (err == nil) != (tc.says == "") || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want %q", name, err, tc.says)
		}
	}
}
