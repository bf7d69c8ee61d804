package testserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// shop is a seed: an application of the User Credentials type, and a user who
// is enabled for it.
const shop = `
suites:
  - name: Shop
    projects:
      - name: Checkout
        users:
          - { email: admin@gmail.com, firstName: Thong, role: system_user }
        applications:
          - name: Worker
            authenticatorType: user_credentials
            clientId: NmN78x6DMfde1XRx9hQg
            clientSecret: 480nulBeBGqJDoAOADC0CW2frGTDVEmq
            users: [{ email: admin@gmail.com }]
`

// issueToken signs the worker in, as ATM's documentation shows.
func issueToken(ctx context.Context, atm *testserver.Server) (status int, accessToken string) {
	request, err := json.Marshal(map[string]string{
		"clientId":     "NmN78x6DMfde1XRx9hQg",
		"clientSecret": "480nulBeBGqJDoAOADC0CW2frGTDVEmq",
		"grant_types":  "user_credentials",
		"loginId":      "admin@gmail.com",
	})
	if err != nil {
		log.Fatal(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, atm.URL+"/auth/token", bytes.NewReader(request))
	if err != nil {
		log.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := atm.Client().Do(r)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	var result struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&result); err != nil {
		log.Fatal(err)
	}
	return response.StatusCode, result.AccessToken
}

// isActive asks the server whether a token counts (RFC 7662).
func isActive(ctx context.Context, atm *testserver.Server, token string) bool {
	form := url.Values{
		"token": {token}, "client_id": {"NmN78x6DMfde1XRx9hQg"}, "client_secret": {"480nulBeBGqJDoAOADC0CW2frGTDVEmq"},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, atm.URL+"/auth/introspect", bytes.NewBufferString(form.Encode()))
	if err != nil {
		log.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := atm.Client().Do(r)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	var result struct{ Active bool }
	if err := json.NewDecoder(response.Body).Decode(&result); err != nil {
		log.Fatal(err)
	}
	return result.Active
}

// mayManage reports whether the management API takes a token.
func mayManage(ctx context.Context, atm *testserver.Server, token string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, atm.URL+"/api/v1/suites", nil)
	if err != nil {
		log.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := atm.Client().Do(r)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// start is New for the examples, which have no testing.TB.
func start(opts ...testserver.Option) *testserver.Server {
	atm, err := testserver.New(opts...)
	if err != nil {
		log.Fatal(err)
	}
	return atm
}

// The tests of an application that uses ATM: a seed with the application and its
// user, an expired token, and a failed request. In a test, testserver.Start(t, …)
// takes the place of New and Close.
func Example() {
	ctx := context.Background()
	atm, err := testserver.New(testserver.WithSeed(`
suites:
  - name: Shop
    projects:
      - name: Checkout
        users:
          - { email: admin@gmail.com, firstName: Thong, role: system_user }
        applications:
          - name: Worker
            authenticatorType: user_credentials
            clientId: NmN78x6DMfde1XRx9hQg
            clientSecret: 480nulBeBGqJDoAOADC0CW2frGTDVEmq
            users: [{ email: admin@gmail.com }]
`))
	if err != nil {
		log.Fatal(err)
	}
	defer atm.Close()

	_, token := issueToken(ctx, atm)
	fmt.Println("a new token is active:", isActive(ctx, atm, token))

	atm.Clock.Advance(time.Hour)
	fmt.Println("an hour later:", isActive(ctx, atm, token))

	atm.Fail(testserver.Fault{Path: "/auth/token", Status: http.StatusServiceUnavailable, Body: "{}", Times: 1})
	status, _ := issueToken(ctx, atm)
	fmt.Println("the next sign-in:", status)
	// Output:
	// a new token is active: true
	// an hour later: false
	// the next sign-in: 503
}

// Issue a token: in a test, testserver.Start(t, …) starts the server and closes
// it.
func ExampleStart() {
	ctx := context.Background()
	atm, err := testserver.New(testserver.WithSeed(shop))
	if err != nil {
		log.Fatal(err)
	}
	defer atm.Close()

	status, token := issueToken(ctx, atm)
	fmt.Println(status, isActive(ctx, atm, token))
	// Output: 200 true
}

// Expire a token by moving the clock.
func ExampleClock_Advance() {
	ctx := context.Background()
	atm := start(testserver.WithSeed(shop))
	defer atm.Close()

	_, token := issueToken(ctx, atm)
	fmt.Println(isActive(ctx, atm, token))
	atm.Clock.Advance(11 * time.Minute)
	fmt.Println(isActive(ctx, atm, token))
	// Output:
	// true
	// false
}

// Mint a token that is wrong in one thing, to see that it is refused.
func ExampleServer_Mint() {
	ctx := context.Background()
	atm := start(testserver.WithSeed(shop))
	defer atm.Close()

	for _, spec := range []testserver.TokenSpec{
		{},                                 // right
		{ExpiresIn: new(int64(-60))},       // expired a minute ago
		{Algorithm: "none"},                // unsigned
		{Algorithm: "HS256"},               // signed with the public key for a secret
		{Key: "unknown"},                   // signed with a key that is in no JWKS
		{KeyID: new("../../etc/passwd")},   // a kid that is a path
		{Claims: map[string]any{"iss": 1}}, // a claim of another type
	} {
		token, err := atm.Mint(ctx, spec)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(mayManage(ctx, atm, token))
	}
	// Output:
	// true
	// false
	// false
	// false
	// false
	// false
	// false
}

// Let the next request fail, and see whether a client tries again.
func ExampleServer_Fail() {
	ctx := context.Background()
	atm := start(testserver.WithSeed(shop))
	defer atm.Close()

	atm.Fail(testserver.Fault{
		Method: "POST", Path: "/auth/token", Times: 1,
		Status: http.StatusServiceUnavailable, Headers: map[string]string{"Retry-After": "1"}, Body: "{}",
	})
	for range 2 {
		status, _ := issueToken(ctx, atm)
		fmt.Println(status)
	}
	fmt.Println(atm.CountRequests("POST", "/auth/token"), "requests")
	// Output:
	// 503
	// 200
	// 2 requests
}

// Get an authorization code without a browser, for the tests of an application's
// callback.
func ExampleServer_AuthorizationCode() {
	ctx := context.Background()
	atm := start(testserver.WithSeed(`
suites:
  - name: Shop
    projects:
      - name: Web
        users: [{ email: admin@gmail.com, firstName: Thong, role: system_user }]
        applications:
          - name: Web shop
            authenticatorType: authorization_code
            clientId: Wh7cQ2xTz9LmB4kVn1Rd
            redirectUrls: ["https://shop.example.com/callback"]
            users: [{ email: admin@gmail.com }]
`))
	defer atm.Close()

	code, err := atm.AuthorizationCode(ctx, testserver.CodeRequest{ClientID: "Wh7cQ2xTz9LmB4kVn1Rd", LoginID: "admin@gmail.com"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(code), "letters and digits")
	_, err = atm.AuthorizationCode(ctx, testserver.CodeRequest{ClientID: "Wh7cQ2xTz9LmB4kVn1Rd", LoginID: "admin@gmail.com", RedirectURI: "https://example.org"})
	fmt.Println(err)
	// Output:
	// 50 letters and digits
	// invalid-request: The parameter redirect_uri is not one of the application's redirect URLs.
}

// Rotate the signing key in the middle of a test: tokens signed before are still
// good, and a verifier has to fetch the JWKS again for those signed after.
func ExampleServer_RotateKey() {
	ctx := context.Background()
	atm := start(testserver.WithSeed(shop))
	defer atm.Close()

	_, before := issueToken(ctx, atm)
	if _, err := atm.RotateKey(ctx); err != nil {
		log.Fatal(err)
	}
	_, after := issueToken(ctx, atm)
	fmt.Println(isActive(ctx, atm, before), isActive(ctx, atm, after))
	fmt.Println(kidOf(before) == kidOf(after))
	// Output:
	// true true
	// false
}

// Use the management API as the administrator.
func ExampleServer_Admin() {
	ctx := context.Background()
	atm := start()
	defer atm.Close()

	token, err := atm.Admin().Token(ctx)
	if err != nil {
		log.Fatal(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, atm.URL+"/api/v1/suites", bytes.NewBufferString(`{"name":"Shop"}`))
	if err != nil {
		log.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	response, err := atm.Client().Do(r)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	fmt.Println(response.Status)
	// Output: 201 Created
}
