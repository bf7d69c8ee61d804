package testserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// python is the system's, whose packages have Authlib; another one on the path
// may have none.
const python = "/usr/bin/python3"

// needAuthlib ends a test that has no Authlib: aloud, or as a failure where
// ATM_TEST_REQUIRE lists authlib.
func needAuthlib(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: it builds the program and starts Python")
	}
	output, err := exec.CommandContext(t.Context(), python, "-c", "import authlib, requests").CombinedOutput()
	if err == nil {
		return
	}
	reason := fmt.Sprintf("%s has no Authlib or Requests (apt-get install python3-authlib python3-requests): %v %s", python, err, output)
	if slices.Contains(strings.Split(os.Getenv("ATM_TEST_REQUIRE"), ","), "authlib") {
		t.Fatal(reason)
	}
	fmt.Fprintf(os.Stderr, "%s: AUTHLIB DID NOT RUN: %s\n", t.Name(), reason)
	t.Skip("Authlib did not run: " + reason)
}

const authlibSeed = `
suites:
  - name: Payments
    projects:
      - name: Checkout
        users:
          - {email: admin@gmail.com, firstName: Thong, role: system_user, password: correct horse battery}
        applications:
          - name: Single page
            authenticatorType: authorization_code_pkce
            clientId: spaspaspaspaspaspasp
            clientSecret: 480nulBeBGqJDoAOADC0CW2frGTDVEmq
            redirectUrls: ["https://app.example.com/callback"]
            users: [{email: admin@gmail.com}]
          - name: Service
            authenticatorType: client_credentials
            clientId: DwSljVC4Ycr5YAv2Qbkf
            clientSecret: 480nulBeBGqJDoAOADC0CW2frGTDVEmq
`

// runProgram builds atm-testserver and runs it until the test ends. It returns
// its URL and the certificate of its authority.
func runProgram(t *testing.T, seed string) (url, caFile string) {
	t.Helper()
	dir := t.TempDir()
	program, seedFile := filepath.Join(dir, "atm-testserver"), filepath.Join(dir, "seed.yaml")
	caFile = filepath.Join(dir, "ca.pem")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/atm-testserver").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	if err := os.WriteFile(seedFile, []byte(seed), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "--listen", "127.0.0.1:0", "--print", "json",
		"--stop-on-stdin-close", "--tls-self-signed", "--tls-ca-file", caFile, "--seed", seedFile)
	cmd.WaitDelay = 10 * time.Second
	log := &syncBuffer{}
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait() // the test's context may have ended it
		if t.Failed() {
			t.Logf("the program's log:\n%s", log)
		}
	})
	var ready struct {
		Endpoint string `json:"ATM_ENDPOINT"`
	}
	if err := json.NewDecoder(stdout).Decode(&ready); err != nil {
		t.Fatalf("the program does not start: %v\n%s", err, log)
	}
	return ready.Endpoint, caFile
}

// TestAuthlib_DrivesTheProgramFromDiscoveryToRevocation runs
// testdata/authlib/flows.py against the running program, over TLS.
func TestAuthlib_DrivesTheProgramFromDiscoveryToRevocation(t *testing.T) {
	t.Parallel()
	needAuthlib(t)
	url, caFile := runProgram(t, authlibSeed)
	given, err := json.Marshal(map[string]string{
		"secret": workerSecret, "email": "admin@gmail.com", "password": "correct horse battery",
		"pkceClient": "spaspaspaspaspaspasp", "serviceClient": "DwSljVC4Ycr5YAv2Qbkf",
		"redirectUrl": "https://app.example.com/callback",
	})
	if err != nil {
		t.Fatal(err)
	}
	script := exec.CommandContext(t.Context(), python, "testdata/authlib/flows.py", url)
	script.Env = []string{"REQUESTS_CA_BUNDLE=" + caFile} // and no proxy of the machine's
	script.Stdin = bytes.NewReader(given)
	output, err := script.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "ok: all") {
		t.Errorf("Authlib: %v\n%s", err, output)
	}
}
