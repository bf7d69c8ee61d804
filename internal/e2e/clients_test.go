package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const clientSeed = `
suites:
  - name: shop
    projects:
      - name: clients
        applications:
          - id: Client-0123456789abcd
            name: client
            authenticatorType: client_credentials
            clientId: DwSljVC4Ycr5YAv2Qbkf
            clientSecret: Zq4vT8wLk2Rn6XcBh0JyMf5UeS1dGp9A
`

// modules has what the client in JavaScript needs.
const modules = "../../testserver/testdata/javascript/node_modules"

// client is how an example is run.
type client struct {
	run     []string
	lacking func() string // empty: it can run
}

// Each example of a client gets a token and finds it valid; with another audience it
// refuses the token.
func TestClients_GetAndVerifyAToken(t *testing.T) {
	t.Parallel()
	clients := map[string]client{
		"curl": {[]string{"sh", "client.sh"}, func() string { return lacking("curl", "jq") }},
		"go":   {[]string{"go", "run", "."}, func() string { return "" }},
		"node": {[]string{"node", "client.js"}, func() string {
			if _, err := os.Stat(filepath.Join(modules, "jwks-rsa")); err != nil {
				return "the modules of testserver/testdata/javascript (npm ci)"
			}
			return lacking("node")
		}},
		"python": {[]string{"/usr/bin/python3", "client.py"}, func() string {
			if exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", "import jwt.algorithms, cryptography").Run() != nil {
				return "python3-jwt and python3-cryptography"
			}
			return ""
		}},
	}
	for _, name := range directories(t, "clients") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, listed := clients[name]
			if !listed {
				t.Fatalf("examples/clients/%s is not tested", name)
			}
			if what := c.lacking(); what != "" {
				if name == "node" && strings.Contains(os.Getenv("ATM_TEST_REQUIRE"), "node") {
					t.Fatalf("there is no %s", what)
				}
				t.Skipf("the client did not run: there is no %s", what)
			}
			atm := testserver.Start(t, testserver.WithSeed(clientSeed))
			if out, err := c.start(t, name, atm.URL, "Client-0123456789abcd"); err != nil || !strings.HasPrefix(out, "valid until 20") {
				t.Errorf("%v\n%s", err, out)
			}
			if out, err := c.start(t, name, atm.URL, "another"); err == nil {
				t.Errorf("it accepts the token of another application:\n%s", out)
			}
		})
	}
}

func lacking(programs ...string) string {
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			return program
		}
	}
	return ""
}

func (c client) start(t *testing.T, name, endpoint, application string) (string, error) {
	t.Helper()
	path, err := filepath.Abs(modules)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), c.run[0], c.run[1:]...)
	cmd.Dir = filepath.Join("..", "..", "examples", "clients", name)
	cmd.Env = append(os.Environ(), "NODE_PATH="+path, "ATM_ENDPOINT="+endpoint,
		"ATM_CLIENT_ID=DwSljVC4Ycr5YAv2Qbkf", "ATM_CLIENT_SECRET=Zq4vT8wLk2Rn6XcBh0JyMf5UeS1dGp9A", "ATM_APPLICATION_ID="+application)
	out, err := cmd.CombinedOutput()
	if jwt.Match(out) {
		t.Error("it prints a token")
		return "", err
	}
	return string(out), err
}
