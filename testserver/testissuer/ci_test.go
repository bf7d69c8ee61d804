package testissuer_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

// request asks an endpoint, and returns the status and a member of the response.
func request(t *testing.T, method, url, member string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	_ = json.Unmarshal(body, &members) // a refusal is a text
	value, _ := members[member].(string)
	return response.StatusCode, value
}

func audienceOf(t *testing.T, issuer *testissuer.Issuer, token string) string {
	t.Helper()
	private, _ := issuer.Key()
	claims := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return private.Public(), nil },
		jwt.WithIssuer(issuer.URL), jwt.WithSubject("job")); err != nil {
		t.Fatal(err)
	}
	audience, _ := claims["aud"].(string)
	return audience
}

func TestEndpointsOfCISystems(t *testing.T) {
	t.Parallel()
	issuer := testissuer.Start(t)
	issuer.Job(testissuer.Claims{"sub": "job"})
	gitHub, azure := issuer.GitHub(), issuer.AzureDevOps()
	gitHubURL, gitHubBearer := gitHub["ACTIONS_ID_TOKEN_REQUEST_URL"], "Bearer "+gitHub["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
	azureURL, azureBearer := azure["SYSTEM_OIDCREQUESTURI"], "Bearer "+azure["SYSTEM_ACCESSTOKEN"]
	const suppress = "X-TFS-FedAuthRedirect"
	for name, tc := range map[string]struct {
		method, url, member string
		header              []string
		status              int
		audience            string
	}{
		"GitHub":                     {"GET", gitHubURL + "&audience=atm", "value", []string{"Authorization", gitHubBearer}, 200, "atm"},
		"GitHub, no bearer":          {"GET", gitHubURL + "&audience=atm", "value", nil, 401, ""},
		"GitHub, no audience":        {"GET", gitHubURL, "value", []string{"Authorization", gitHubBearer}, 400, ""},
		"GitHub, two audiences":      {"GET", gitHubURL + "&audience=a&audience=b", "value", []string{"Authorization", gitHubBearer}, 400, ""},
		"GitHub, its query lost":     {"GET", strings.Split(gitHubURL, "?")[0] + "?audience=atm", "value", []string{"Authorization", gitHubBearer}, 400, ""},
		"Azure DevOps":               {"POST", azureURL + "?api-version=7.1", "oidcToken", []string{"Authorization", azureBearer, suppress, "Suppress"}, 200, testissuer.AzureAudience},
		"Azure DevOps, GET":          {"GET", azureURL + "?api-version=7.1", "oidcToken", []string{"Authorization", azureBearer, suppress, "Suppress"}, 405, ""},
		"Azure DevOps, no version":   {"POST", azureURL, "oidcToken", []string{"Authorization", azureBearer, suppress, "Suppress"}, 400, ""},
		"Azure DevOps, a connection": {"POST", azureURL + "?api-version=7.1&serviceConnectionId=x", "oidcToken", []string{"Authorization", azureBearer, suppress, "Suppress"}, 400, ""},
		"Azure DevOps, no bearer":    {"POST", azureURL + "?api-version=7.1", "oidcToken", []string{suppress, "Suppress"}, 401, ""},
		"Azure DevOps, a redirect":   {"POST", azureURL + "?api-version=7.1", "oidcToken", nil, 302, ""},
	} {
		status, token := request(t, tc.method, tc.url, tc.member, tc.header...)
		if status != tc.status || (token != "") != (tc.audience != "") {
			t.Errorf("%s: %d, a token %t", name, status, token != "")
		} else if token != "" && audienceOf(t, issuer, token) != tc.audience {
			t.Errorf("%s: another audience than %s", name, tc.audience)
		}
	}
	if got := audienceOf(t, issuer, issuer.GitLab("atm")["ATM_CLIENT_ASSERTION"]); got != "atm" {
		t.Errorf("GitLab: audience %s", got)
	}
}
