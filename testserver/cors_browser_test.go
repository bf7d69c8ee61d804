package testserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/browsertest"
)

// corsSeed has an application that allows one origin, and one that allows none.
const corsSeed = `
suites:
  - name: Payments
    projects:
      - name: Checkout
        applications:
          - name: Single page
            authenticatorType: client_credentials
            clientId: spaspaspaspaspaspasp
            clientSecret: Zq4vT8wLk2Rn6XcBh0JyMf5UeS1dGp9A
            allowedOrigins: ["%s"]
          - name: Other
            authenticatorType: client_credentials
            clientId: otherotherotherother
            clientSecret: Zq4vT8wLk2Rn6XcBh0JyMf5UeS1dGp9A
`

// ask is what a page does to get a token; it evaluates to the status and the
// response's members, or to "blocked".
const ask = `fetch('%s', {method: 'POST', headers: {'Content-Type': '%s'}, body: '%s'})
	.then(async r => r.status + ' ' + Object.keys(await r.json()).join(' '), () => 'blocked')`

func TestCORS_PagesOfAllowedOriginsGetTokensAndOthersDoNot(t *testing.T) {
	t.Parallel()
	site := func() *httptest.Server {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<!doctype html><title>Page</title><link rel="icon" href="data:,"><h1>Page</h1>`))
		}))
		t.Cleanup(s.Close)
		return s
	}
	allowed, foreign := site(), site()
	s := testserver.Start(t, testserver.WithSeed(fmt.Sprintf(corsSeed, allowed.URL)))

	inJSON := func(clientID, secret string) string {
		return fmt.Sprintf(ask, s.URL+"/auth/token", "application/json",
			`{"grant_type":"client_credentials","clientId":"`+clientID+`","clientSecret":"`+secret+`"}`)
	}
	asForm := func(clientID string) string {
		return fmt.Sprintf(ask, s.URL+"/auth/token", "application/x-www-form-urlencoded",
			"grant_type=client_credentials&client_id="+clientID+"&client_secret="+robotSecret)
	}
	tab := browsertest.Open(t)
	tab.Expect("status of 401")
	tab.Expect("blocked by CORS policy")
	tab.Expect("Failed to load resource: net::ERR_FAILED")

	tab.Do(chromedp.Navigate(allowed.URL))
	for name, c := range map[string]struct{ script, want string }{
		"JSON, preflighted":             {inJSON("spaspaspaspaspaspasp", robotSecret), "200 access_token"},
		"a form":                        {asForm("spaspaspaspaspaspasp"), "200 access_token"},
		"a refusal can be read":         {inJSON("spaspaspaspaspaspasp", "wrong"), "401 error"},
		"another application's tokens":  {inJSON("otherotherotherother", robotSecret), "blocked"},
		"another application's, a form": {asForm("otherotherotherother"), "blocked"},
		"headers of others, credentials": {
			strings.Replace(asForm("spaspaspaspaspaspasp"), "headers: {", "credentials: 'include', headers: {'X-Requested-With': 'fetch', traceparent: '00-1', DPoP: 'x', ", 1),
			"200 access_token",
		},
		"UserInfo": {
			`fetch('` + s.URL + `/auth/userinfo', {headers: {Authorization: 'Bearer x'}}).then(async r => r.status + ' ' + r.headers.get('www-authenticate'), () => 'blocked')`,
			`401 Bearer realm="atm", error="invalid_token"`,
		},
		"the metadata with headers of others": {
			`fetch('` + s.URL + `/.well-known/openid-configuration', {headers: {'X-Requested-With': 'fetch', traceparent: '00-1'}}).then(async r => r.status + ' ' + (await r.json()).issuer, () => 'blocked')`,
			"200 " + s.URL,
		},
		"the signing keys are for everybody": {
			`fetch('` + s.URL + `/auth/.well-known/jwks.json').then(async r => r.status + ' ' + Object.keys(await r.json()), () => 'blocked')`, "200 keys",
		},
	} {
		if got := browsertest.Script[string](tab, c.script); !strings.HasPrefix(got, c.want) {
			t.Errorf("allowed origin, %s: %s, want %s", name, got, c.want)
		}
	}

	tab.Do(chromedp.Navigate(foreign.URL))
	for name, script := range map[string]string{
		"JSON, preflighted":  inJSON("spaspaspaspaspaspasp", robotSecret),
		"a form":             asForm("spaspaspaspaspaspasp"),
		"the management API": `fetch('` + s.URL + `/api/v1/applications', {headers: {Authorization: 'Bearer x'}}).then(r => String(r.status), () => 'blocked')`,
		"the sign-in page":   `fetch('` + s.URL + `/login?clientId=spaspaspaspaspaspasp').then(r => String(r.status), () => 'blocked')`,
	} {
		if got := browsertest.Script[string](tab, script); got != "blocked" {
			t.Errorf("foreign origin, %s: %s, want blocked", name, got)
		}
	}
}
