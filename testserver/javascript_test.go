package testserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// The three snippets of ATM's user-credentials page are in testdata/javascript
// as the page has them. They run against a server unchanged but for the host,
// the credentials and, in the third, a missing parenthesis and three names that
// the page leaves undeclared.

const (
	snippets       = "testdata/javascript"
	documentedHost = "https://api.dev.token.tci-pf.net"
)

// needNode ends a test that has no Node.js, or not the snippets' modules:
// aloud, or as a failure where ATM_TEST_REQUIRE contains the word node.
func needNode(t *testing.T) (node string) {
	t.Helper()
	node, err := exec.LookPath("node")
	reason := "there is no node"
	if err == nil {
		if _, err = os.Stat(filepath.Join(snippets, "node_modules", "jwks-rsa")); err == nil {
			return node
		}
		reason = "its modules are not installed: npm ci --prefix testserver/" + snippets
	}
	if strings.Contains(os.Getenv("ATM_TEST_REQUIRE"), "node") {
		t.Fatal(reason)
	}
	fmt.Fprintf(os.Stderr, "%s: THE SNIPPETS OF ATM'S DOCUMENTATION DID NOT RUN: %s\n", t.Name(), reason)
	t.Skip("the snippets did not run: " + reason)
	return ""
}

// snippet reads one, with replacements of which each must be met exactly once.
func snippet(t *testing.T, name string, replacements ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(snippets, name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for i := 0; i < len(replacements); i += 2 {
		if n := strings.Count(text, replacements[i]); n != 1 {
			t.Fatalf("%s has %q %d times", name, replacements[i], n)
		}
		text = strings.Replace(text, replacements[i], replacements[i+1], 1)
	}
	return text
}

// runNode runs a script, which comes by standard input so that no file holds a
// token, and returns what it prints.
func runNode(t *testing.T, node, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), node, "-")
	cmd.Dir, cmd.Stdin = snippets, strings.NewReader(script)
	var out, failed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failed
	if err := cmd.Run(); err != nil {
		t.Fatalf("node: %v\n%s", err, &failed)
	}
	return out.String()
}

// issued is what the first two snippets print.
type issued struct {
	AccessToken    string `json:"access_token"`
	ExpAccessToken int    `json:"exp_access_token"`
	RefreshToken   string `json:"refresh_token"`
	IDToken        string `json:"id_token"`
}

func parseIssued(t *testing.T, printed string) issued {
	t.Helper()
	var got issued
	if err := json.Unmarshal([]byte(printed), &got); err != nil {
		t.Fatal("the snippet printed no JSON: the request was refused")
	}
	if got.AccessToken == "" || got.ExpAccessToken != 600 || got.RefreshToken == "" || got.IDToken == "" {
		t.Fatal("the response has not all that the page shows")
	}
	return got
}

func TestSnippets_OfTheDocumentationIssueRefreshAndValidate(t *testing.T) {
	t.Parallel()
	node := needNode(t)
	// The page's own credentials, so that only the host is another one.
	s := testserver.Start(t, testserver.WithSeed(seeded))

	issue := snippet(t, "issue.js", documentedHost, s.URL)
	first, second := parseIssued(t, runNode(t, node, issue)), parseIssued(t, runNode(t, node, issue))
	if first.AccessToken == second.AccessToken {
		t.Error("two tokens are one")
	}

	refreshed := parseIssued(t, runNode(t, node, snippet(t, "refresh.js", documentedHost, s.URL,
		`"clientId": "DwSljVC4Ycr5YAv2Qbkf"`, `"clientId": "NmN78x6DMfde1XRx9hQg"`,
		`"refresh_token": ""`, `"refresh_token": "`+first.RefreshToken+`"`,
		`"id_token": ""`, `"id_token": "`+first.IDToken+`"`)))
	if refreshed.AccessToken == first.AccessToken || refreshed.RefreshToken == first.RefreshToken {
		t.Error("the refresh returned the tokens from before")
	}

	validate := snippet(t, "validate.js", documentedHost, s.URL, "console.log(decoded)\n}", "console.log(decoded)\n})")
	for name, token := range map[string]string{"issued": first.AccessToken, "refreshed": refreshed.AccessToken} {
		decoded := runNode(t, node, `var jwt = require('jsonwebtoken');
var token = '`+token+`';
var options = { algorithms: ['RS256'], issuer: 'atm', audience: 'T_1kwjq0gTKGW6-g4O8OF' };
`+validate)
		for _, claim := range []string{
			"iss: 'atm'", "aud: 'T_1kwjq0gTKGW6-g4O8OF'", "email: 'admin@gmail.com'", "id: 'D7aaqWe34vWj_Bd-uuP8N'",
			"firstName: 'Thong'", "lastName: ''",
		} {
			if !strings.Contains(decoded, claim) {
				t.Errorf("%s: %s is missing in %s", name, claim, decoded)
			}
		}
	}
}
