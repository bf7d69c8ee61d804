package console_test

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// inspected is what the page says of a token.
type inspected struct {
	outcome string
	// checks are the states by the checks' names.
	checks map[string]string
	html   string
}

func (i inspected) failed() []string {
	var names []string
	for _, m := range regexp.MustCompile(`<li class="failed">.*?<strong>([^<]+)</strong>`).FindAllStringSubmatch(i.html, -1) {
		names = append(names, m[1])
	}
	return names
}

// inspect pastes a token into the box.
func inspect(t *testing.T, s *testserver.Server, token string) inspected {
	t.Helper()
	_, first, header := get(t, s, "/console/token")
	form := url.Values{"csrf_token": {tokenIn(t, first)}, "token": {token}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/console/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	cookie, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
	r.Header.Set("Cookie", cookie)
	response, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got := inspected{checks: map[string]string{}, html: body(t, response)}
	if m := regexp.MustCompile(`<section class="outcome[^>]*>\s*<strong>([^<]*)</strong>`).FindStringSubmatch(got.html); m != nil {
		got.outcome = m[1]
	}
	for _, m := range regexp.MustCompile(`(?s)<li class="(passed|failed|skipped)">.*?<strong>([^<]+)</strong>`).FindAllStringSubmatch(got.html, -1) {
		got.checks[m[2]] = m[1]
	}
	return got
}

func mint(t *testing.T, s *testserver.Server, spec testserver.TokenSpec) string {
	t.Helper()
	token, err := s.Mint(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// withHeader replaces a token's header.
func withHeader(token, header string) string {
	_, rest, _ := strings.Cut(token, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + rest
}

// withPayload replaces a token's payload.
func withPayload(token, payload string) string {
	parts := strings.Split(token, ".")
	return parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + "." + parts[2]
}

// kidOf reads the key id in a token's header.
func kidOf(t *testing.T, token string) string {
	t.Helper()
	encoded, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	var header struct{ Kid string }
	if err := json.Unmarshal(raw, &header); err != nil {
		t.Fatal(err)
	}
	return header.Kid
}

func ptr[T any](v T) *T { return &v }

func TestToken_RightOnesPassEveryCheck(t *testing.T) {
	t.Parallel()
	s := start(t)
	issued := tokens(t, s)
	service := ask(t, s, "grant_type", "client_credentials", "client_id", serviceClient, "client_secret", secret)
	for name, c := range map[string]struct{ token, outcome string }{
		"access token":       {issued["access_token"].(string), "Access token: valid"},
		"with its scheme":    {"  Bearer " + issued["access_token"].(string) + "\n", "Access token: valid"},
		"client credentials": {service["access_token"].(string), "Access token: valid"},
		"id token":           {issued["id_token"].(string), "ID token: valid"},
		"minted":             {mint(t, s, testserver.TokenSpec{}), "Access token: valid"},
	} {
		got := inspect(t, s, c.token)
		if got.outcome != c.outcome || len(got.checks) < 8 {
			t.Errorf("%s: %q of %v", name, got.outcome, got.checks)
		}
		for check, state := range got.checks {
			if state != "passed" {
				t.Errorf("%s: %s %s", name, check, state)
			}
		}
	}
}

// TestToken_SaysWhichCheckFailed also holds every outcome against that of the
// verification that counts.
func TestToken_SaysWhichCheckFailed(t *testing.T) {
	t.Parallel()
	s := start(t)
	right := tokens(t, s)["access_token"].(string)
	now := s.Clock.Now().Unix()
	for name, c := range map[string]struct{ token, check string }{
		"unsigned":            {mint(t, s, testserver.TokenSpec{Algorithm: "none"}), "Header"},
		"a shared secret":     {mint(t, s, testserver.TokenSpec{Algorithm: "HS256"}), "Header"},
		"another algorithm":   {mint(t, s, testserver.TokenSpec{Algorithm: "PS256"}), "Header"},
		"brings its key":      {withHeader(right, `{"alg":"RS256","kid":"x","typ":"JWT","jwk":{}}`), "Header"},
		"says where a key is": {withHeader(right, `{"alg":"RS256","kid":"x","typ":"JWT","jku":"https://evil.example.com"}`), "Header"},
		"critical members":    {withHeader(right, `{"alg":"RS256","kid":"x","typ":"JWT","crit":["b64"]}`), "Header"},
		"another type":        {withHeader(right, `{"alg":"RS256","kid":"x","typ":"at+jwt"}`), "Header"},
		"no type":             {withHeader(right, `{"alg":"RS256","kid":"x"}`), "Header"},
		"unknown key":         {mint(t, s, testserver.TokenSpec{Key: "unknown"}), "Signing key"},
		"another's signature": {mint(t, s, testserver.TokenSpec{Key: "unknown", KeyID: ptr(kidOf(t, right))}), "Signature"},
		"unknown kid":         {mint(t, s, testserver.TokenSpec{KeyID: ptr("../../etc/passwd")}), "Signing key"},
		"no kid":              {mint(t, s, testserver.TokenSpec{KeyID: ptr("")}), "Signing key"},
		"changed":             {withPayload(right, `{"iss":"atm","exp":99999999999}`), "Signature"},
		"cut off":             {right[:len(right)-10], "Signature"},
		"a line feed":         {right[:len(right)-10] + "\n" + right[len(right)-10:], "Signature"},
		"another issuer":      {mint(t, s, testserver.TokenSpec{Claims: map[string]any{"iss": "https://evil.example.com"}}), "Issuer"},
		"no issuer":           {mint(t, s, testserver.TokenSpec{Claims: map[string]any{"iss": nil}}), "Issuer"},
		"expired":             {mint(t, s, testserver.TokenSpec{ExpiresIn: ptr(int64(-60))}), "Time"},
		"not yet":             {mint(t, s, testserver.TokenSpec{Claims: map[string]any{"nbf": now + 300}}), "Time"},
		"never expires":       {mint(t, s, testserver.TokenSpec{Claims: map[string]any{"exp": nil}}), "Time"},
		"expires on a word":   {mint(t, s, testserver.TokenSpec{Claims: map[string]any{"exp": "tomorrow"}}), "Time"},
		"another audience":    {mint(t, s, testserver.TokenSpec{Claims: map[string]any{"aud": "T_1kwjq0gTKGW6-g4O8OF"}}), "Revocation"},
		"no such audience":    {mint(t, s, testserver.TokenSpec{Claims: map[string]any{"aud": "nothing"}}), "Application"},
		"unknown family":      {mint(t, s, testserver.TokenSpec{Claims: map[string]any{"jti": "unknown.x"}}), "Revocation"},
		"another user":        {mint(t, s, testserver.TokenSpec{Claims: map[string]any{"scope": map[string]any{"id": "D7aaqWe34vWj_Bd-uuP8N"}}}), "User"},
		"a member twice":      {withPayload(right, `{"iss":"atm","iss":"atm","exp":99999999999}`), "Form"},
		"no JSON":             {withPayload(right, `hello`), "Form"},
		"no object":           {withPayload(right, `[]`), "Form"},
		"null":                {withPayload(right, `null`), "Form"},
		"no base64url":        {"***.***.***", "Form"},
		"five parts":          {"a.b.c.d.e", "Form"},
		"two parts":           {"a.b", "Form"},
		"a refresh token":     {tokens(t, s)["refresh_token"].(string), "Form"},
		"huge":                {strings.Repeat("a.", 20_000), "Form"},
		"markup":              {"<script>alert(1)</script>", "Form"},
	} {
		got := inspect(t, s, c.token)
		if !strings.HasSuffix(got.outcome, ": not valid") {
			t.Errorf("%s: %q", name, got.outcome)
		}
		if failed := got.failed(); len(failed) == 0 || failed[0] != c.check {
			t.Errorf("%s: %q failed, want %s first", name, failed, c.check)
		}
		if strings.HasPrefix(got.outcome, "Access token") && got.checks["This server"] != "failed" {
			t.Errorf("%s: the server's own verification takes it", name)
		}
		if strings.Contains(got.html, "<script>alert") {
			t.Errorf("%s: the page repeats markup", name)
		}
	}
}

func TestToken_ChangesWithWhatItRestsOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(t *testing.T, s *testserver.Server)
		check  string
		says   string
	}{
		"time": {func(_ *testing.T, s *testserver.Server) { s.Clock.Advance(10 * time.Minute) }, "Time", "It expired"},
		"revocation": {func(t *testing.T, s *testserver.Server) {
			manage(t, s, http.MethodPost, "/token-revocations", `{"userId":"D7aaqWe34vWj_Bd-uuP8N"}`)
		}, "Revocation", "Revoked"},
		"disabling": {func(t *testing.T, s *testserver.Server) {
			manage(t, s, http.MethodPatch, "/users/D7aaqWe34vWj_Bd-uuP8N", `{"enabled":false}`)
		}, "User", "is disabled"},
	} {
		s := start(t)
		token := tokens(t, s)["access_token"].(string)
		c.change(t, s)
		got := inspect(t, s, token)
		if failed := got.failed(); len(failed) == 0 || failed[0] != c.check {
			t.Errorf("%s: %q failed, want %s first", name, failed, c.check)
		}
		if !strings.Contains(html.UnescapeString(got.html), c.says) {
			t.Errorf("%s: the page does not say %q", name, c.says)
		}
	}
}

func TestToken_OfARetiredKeyIsCheckedAndSaidToBe(t *testing.T) {
	t.Parallel()
	s := start(t)
	token := tokens(t, s)["access_token"].(string)
	if _, err := s.RotateKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := inspect(t, s, token)
	if got.outcome != "Access token: valid" || !strings.Contains(got.html, "Retired, and in the JWKS until") {
		t.Errorf("%q", got.outcome)
	}
}

func TestToken_IsInNoAddress(t *testing.T) {
	t.Parallel()
	s := start(t)
	token := tokens(t, s)["access_token"].(string)
	status, html, _ := get(t, s, "/console/token?token="+token)
	if status != http.StatusBadRequest || strings.Contains(html, token) {
		t.Errorf("returns %d", status)
	}
}
