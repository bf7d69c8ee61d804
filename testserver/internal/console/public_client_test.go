package console_test

import (
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

func TestPages_ShowHowAnApplicationAuthenticates(t *testing.T) {
	t.Parallel()
	const clients = `
suites:
  - name: Demo
    projects:
      - name: Demo
        applications:
          - {id: single-page, name: Shop, authenticatorType: authorization_code_pkce, clientId: shop, redirectUrls: ["https://shop.example/cb"], clientAuthentication: none}
          - id: pipeline
            name: Pipeline
            authenticatorType: client_credentials
            clientId: pipeline
            clientAuthentication: assertion
            federatedCredentials: [{name: main, issuer: "https://ci.example", subject: "repo:octo/shop:*", audience: atm, claims: {ref: refs/heads/main}, singleUse: true}]
          - {id: resource, name: Gate, authenticatorType: client_credentials, clientSecret: 480nulBeBGqJDoAOADC0CW2frGTDVEmq, introspectionAccess: true}
`
	s := testserver.Start(t, testserver.WithSeed(clients), testserver.WithConsole())
	ask(t, s, "grant_type", "authorization_code", "client_id", "shop", "client_secret", "x", "code", "x")
	shows := func(path string, wants ...string) {
		t.Helper()
		_, html, _ := get(t, s, path)
		for _, want := range wants {
			if !strings.Contains(html, want) {
				t.Errorf("%s does not show %q", path, want)
			}
		}
	}
	shows("/console/applications", `<span class="tag">public client</span>`, `<span class="tag">introspection</span>`)
	shows("/console/applications/single-page", "none: a public client", "must not send a secret")
	shows("/console/applications/resource", "Version 1", "of the tokens of its suite")
	ask(t, s, "grant_type", "client_credentials", "client_id", "pipeline", "client_assertion", "x",
		"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	shows("/console/applications/pipeline", "none: it authenticates by assertion", "main, each token once", "https://ci.example",
		"repo:octo/shop:*", "<code>ref</code> = <code>refs/heads/main</code>", "The assertion is no compact JWT")
	manage(t, s, "PATCH", "/applications/single-page", `{"clientAuthentication":"secret"}`)
	shows("/console/applications/single-page", "none yet", "of its own tokens")
}
