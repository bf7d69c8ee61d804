package token_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// The world of these tests: an application of each kind, and the user of ATM's
// documentation.
const (
	workerID      = "T_1kwjq0gTKGW6-g4O8OF"
	workerClient  = "NmN78x6DMfde1XRx9hQg"
	workerSecret  = "480nulBeBGqJDoAOADC0CW2frGTDVEmq"
	machineID     = "Machine-0123456789abc"
	machineClient = "DwSljVC4Ycr5YAv2Qbkf"
	machineSecret = "Zq4vT8wLk2Rn6XcBh0JyMf5UeS1dGp9A"
	shopClient    = "aXc81mWq0PzLrT5vYb2N"
	shopSecret    = "7hGd2KqWx9Zr4TnYb6VfMc1LpJs8RtQe"
	userID        = "D7aaqWe34vWj_Bd-uuP8N"
	user          = "admin@gmail.com"
	stranger      = "stranger@example.com"

	seed = `
suites:
  - name: Demo
    projects:
      - name: Payments
        users:
          - { id: ` + userID + `, email: ` + user + `, firstName: Thong, role: system_user }
          - { email: ` + stranger + `, firstName: Stranger, role: system_user }
        applications:
          - id: ` + workerID + `
            name: Worker
            authenticatorType: user_credentials
            clientId: ` + workerClient + `
            clientSecret: ` + workerSecret + `
            accessTokenLifespan: 600
            users: [{ email: ` + user + ` }]
          - id: ` + machineID + `
            name: Machine
            authenticatorType: client_credentials
            clientId: ` + machineClient + `
            clientSecret: ` + machineSecret + `
          - name: Shop
            authenticatorType: authorization_code
            clientId: ` + shopClient + `
            clientSecret: ` + shopSecret + `
            redirectUrls: ["https://shop.example.com/callback"]
`
)

func start(t *testing.T, options ...testserver.Option) (*testserver.Server, *acctest.Harness) {
	t.Helper()
	return acctest.Start(t, append([]testserver.Option{testserver.WithSeed(seed)}, options...)...)
}

// worker asks for a token of the user.
func worker(more map[string]any) map[string]any {
	return with(map[string]any{"client_id": workerClient, "client_secret": workerSecret, "login_id": user}, more)
}

// machine asks for a token without a user.
func machine(more map[string]any) map[string]any {
	return with(map[string]any{"client_id": machineClient, "client_secret": machineSecret, "grant_type": "client_credentials"}, more)
}

func with(config, more map[string]any) map[string]any {
	config = maps.Clone(config)
	for name, value := range more {
		if config[name] = value; value == nil {
			delete(config, name)
		}
	}
	return config
}

// active asks ATM whether the token still counts (RFC 7662).
func active(t *testing.T, server *testserver.Server, clientID, secret string, accessToken any) bool {
	t.Helper()
	form := url.Values{"client_id": {clientID}, "client_secret": {secret}, "token": {text(t, accessToken)}}
	resp, err := http.PostForm(server.URL+"/auth/introspect", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var response struct{ Active *bool }
	if err := json.NewDecoder(resp.Body).Decode(&response); err != nil || response.Active == nil {
		t.Fatalf("introspection returned %s: %v", resp.Status, err)
	}
	return *response.Active
}

func text(t *testing.T, value any) string {
	t.Helper()
	s, ok := value.(string)
	if !ok || s == "" {
		t.Fatalf("got %v, want a text", value)
	}
	return s
}

// family is the sign-in that a token comes from: ATM's jti is the family's id,
// a dot, and what tells its tokens apart.
func family(t *testing.T, accessToken any) string {
	t.Helper()
	id, _, _ := strings.Cut(jti(t, accessToken), ".")
	return id
}

func jti(t *testing.T, accessToken any) string {
	t.Helper()
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(text(t, accessToken), claims); err != nil {
		t.Fatal(err)
	}
	return text(t, claims["jti"])
}
