package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProgram_PrivateIssuersOnlyWhereAllowed(t *testing.T) {
	t.Parallel()
	seed := filepath.Join(t.TempDir(), "seed.yaml")
	const text = `suites:
  - name: Demo
    projects:
      - name: Demo
        applications:
          - name: Pipeline
            authenticatorType: client_credentials
            clientAuthentication: assertion
            federatedCredentials: [{name: ci, issuer: "http://127.0.0.1:8080", subject: s, audience: a}]
`
	if err := os.WriteFile(seed, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := launch(t, nil, "--seed", seed)
	if status := p.exit(t); status != 1 || !strings.Contains(p.stderr.String(), "seed.yaml:9:55: ") || !strings.Contains(p.stderr.String(), "issuer must begin with https://") {
		t.Errorf("exit status %d: %s", status, p.stderr)
	}
	launch(t, nil, "--seed", seed, "--federation-allow-private", "--print", "json").line(t)
	launch(t, []string{"ATM_TESTSERVER_FEDERATION_ALLOW_PRIVATE=true"}, "--seed", seed, "--print", "json").line(t)
}
