package federation

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

func TestVerify_Claims(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := func(d time.Duration) int64 { return start.Add(d).Unix() }
	long := strings.Repeat("j", 257)
	for name, tc := range map[string]struct {
		claims testissuer.Claims
		fault  Fault
	}{
		"right":                     {nil, ""},
		"an audience in an array":   {testissuer.Claims{"aud": []string{ownIssuer}}, ""},
		"no iat, nbf and jti":       {testissuer.Claims{"iat": nil, "nbf": nil, "jti": nil}, ""},
		"exp with a fraction":       {testissuer.Claims{"exp": float64(at(0)) + 0.5}, ""},
		"within the leeway":         {testissuer.Claims{"exp": at(-59 * time.Second), "nbf": at(60 * time.Second), "iat": at(60 * time.Second)}, ""},
		"just expired":              {testissuer.Claims{"exp": at(-60 * time.Second)}, FaultExpired},
		"not before":                {testissuer.Claims{"nbf": at(61 * time.Second)}, FaultNotYet},
		"issued in the future":      {testissuer.Claims{"iat": at(61 * time.Second)}, FaultNotYet},
		"issued a day ago":          {testissuer.Claims{"iat": at(-24 * time.Hour)}, ""},
		"older than a day":          {testissuer.Claims{"iat": at(-24*time.Hour - 61*time.Second)}, FaultTooOld},
		"no iat, valid for a day":   {testissuer.Claims{"iat": nil, "exp": at(24 * time.Hour)}, ""},
		"no iat, valid for longer":  {testissuer.Claims{"iat": nil, "exp": at(24*time.Hour + 61*time.Second)}, FaultTooLong},
		"a very late exp":           {testissuer.Claims{"exp": 1e300}, FaultMalformed},
		"no exp":                    {testissuer.Claims{"exp": nil}, FaultMalformed},
		"exp as a text":             {testissuer.Claims{"exp": "9999999999"}, FaultMalformed},
		"iat as a text":             {testissuer.Claims{"iat": "1"}, FaultMalformed},
		"nbf null":                  {testissuer.Claims{"nbf": json.RawMessage("null")}, FaultMalformed},
		"no iss":                    {testissuer.Claims{"iss": nil}, FaultMalformed},
		"no sub":                    {testissuer.Claims{"sub": nil}, FaultMalformed},
		"a number as sub":           {testissuer.Claims{"sub": 7}, FaultMalformed},
		"jti of 256 characters":     {testissuer.Claims{"jti": long[:256]}, ""},
		"jti of 257 characters":     {testissuer.Claims{"jti": long}, FaultMalformed},
		"jti as a number":           {testissuer.Claims{"jti": 1}, FaultMalformed},
		"no aud":                    {testissuer.Claims{"aud": nil}, FaultAudience},
		"another audience":          {testissuer.Claims{"aud": "https://other.example"}, FaultAudience},
		"a final slash of aud":      {testissuer.Claims{"aud": ownIssuer + "/"}, FaultAudience},
		"two audiences, ours in it": {testissuer.Claims{"aud": []string{ownIssuer, "https://other.example"}}, FaultAudience},
		"no audience in an array":   {testissuer.Claims{"aud": []string{}}, FaultAudience},
		"an array in an array":      {testissuer.Claims{"aud": [][]string{{ownIssuer}}}, FaultAudience},
		"a final slash of iss":      {testissuer.Claims{"iss": w.issuer.URL + "/"}, FaultIssuer},
		"letter case of iss":        {testissuer.Claims{"iss": "HTTP" + strings.TrimPrefix(w.issuer.URL, "http")}, FaultIssuer},
		"another enterprise":        {testissuer.Claims{"iss": w.issuer.URL + "/octo"}, FaultIssuer},
		"this server":               {testissuer.Claims{"iss": ownIssuer}, FaultIssuer},
		"ATM's access tokens":       {testissuer.Claims{"iss": "atm"}, FaultIssuer},
		"another branch":            {testissuer.Claims{"sub": "repo:octo/shop:ref:refs/heads/main"}, FaultSubject},
		"a pull request":            {testissuer.Claims{"sub": "repo:octo/shop:pull_request"}, FaultSubject},
		"a fork":                    {testissuer.Claims{"sub": "repo:evil/shop:environment:prod"}, FaultSubject},
		"a renamed repository":      {testissuer.Claims{"sub": "repo:octo/store:environment:prod"}, FaultSubject},
		"the new form of a subject": {testissuer.Claims{"sub": "repo:octo@1/shop@2:environment:prod"}, FaultSubject},
		"letter case of sub":        {testissuer.Claims{"sub": "repo:Octo/shop:environment:prod"}, FaultSubject},
		"more after sub":            {testissuer.Claims{"sub": "repo:octo/shop:environment:prod2"}, FaultSubject},
		"a pattern in the token":    {testissuer.Claims{"sub": "repo:octo/shop:*"}, FaultSubject},
	} {
		if _, fault := w.verify(t, w.issuer.Token(claims(tc.claims)), w.entry()); fault != tc.fault {
			t.Errorf("%s: %q, want %q", name, fault, tc.fault)
		}
	}
}

func TestVerify_RunPhasesAreTwoSubjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plan := w.entry()
	plan.Subject = "organization:acme:project:shop:workspace:prod:run_phase:plan"
	for phase, want := range map[string]Fault{"plan": "", "apply": FaultSubject} {
		token := w.issuer.Token(claims(testissuer.Claims{"sub": "organization:acme:project:shop:workspace:prod:run_phase:" + phase}))
		if _, fault := w.verify(t, token, plan); fault != want {
			t.Errorf("%s: %q, want %q", phase, fault, want)
		}
	}
}

func TestVerify_Form(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	private, kid := w.issuer.Key()
	right := w.issuer.Complete(claims(nil))
	text := func(v any) string { return string(must(json.Marshal(v))) }
	sign := func(header, payload string) string {
		return testissuer.SignRaw(jwt.SigningMethodES256, private, []byte(header), []byte(payload))
	}
	header := func(more string) string { return `{"alg":"ES256","kid":"` + kid + `"` + more + `}` }
	segments := strings.Split(w.issuer.Token(claims(nil)), ".")
	publicKey := publicPEM(private.Public())
	foreign := jwk(ecKey.Public(), "attacker")
	for name, tc := range map[string]struct {
		assertion string
		fault     Fault
	}{
		"right":                       {sign(header(""), text(right)), ""},
		"typ of client assertions":    {sign(header(`,"typ":"client-authentication+jwt"`), text(right)), ""},
		"unknown members":             {sign(header(`,"x":[{}]`), text(right)), ""},
		"another typ":                 {sign(header(`,"typ":"at+jwt"`), text(right)), FaultMalformed},
		"typ null":                    {sign(header(`,"typ":null`), text(right)), FaultMalformed},
		"crit":                        {sign(header(`,"crit":["exp"]`), text(right)), FaultMalformed},
		"crit null":                   {sign(header(`,"crit":null`), text(right)), FaultMalformed},
		"kid as a number":             {sign(`{"alg":"ES256","kid":1}`, text(right)), FaultMalformed},
		"no alg":                      {sign(`{"kid":"`+kid+`"}`, text(right)), FaultMalformed},
		"duplicate alg":               {sign(header(`,"alg":"ES256"`), text(right)), FaultMalformed},
		"duplicate claims":            {sign(header(""), strings.Replace(text(right), "{", `{"sub":"repo:octo/shop:environment:prod",`, 1)), FaultMalformed},
		"duplicate inside of a claim": {sign(header(""), strings.Replace(text(right), "{", `{"x":{"a":1,"a":2},`, 1)), FaultMalformed},
		"a null payload":              {sign(header(""), "null"), FaultMalformed},
		"an array as payload":         {sign(header(""), "[]"), FaultMalformed},
		"data after the payload":      {sign(header(""), text(right)+"{}"), FaultMalformed},
		"JSON-serialized":             {text(map[string]string{"protected": segments[0], "payload": segments[1], "signature": segments[2]}), FaultMalformed},
		"encrypted":                   {strings.Join(append(segments[:3:3], "a", "b"), "."), FaultMalformed},
		"without a signature":         {segments[0] + "." + segments[1] + ".", FaultSignature},
		"two parts":                   {segments[0] + "." + segments[1], FaultMalformed},
		"padded":                      {segments[0] + "." + segments[1] + "." + segments[2] + "==", FaultMalformed},
		"line breaks":                 {segments[0] + ".\n" + segments[1] + "." + segments[2], FaultMalformed},
		"17 KiB":                      {sign(header(""), text(w.issuer.Complete(claims(testissuer.Claims{"x": strings.Repeat("x", 17<<10)})))), FaultMalformed},
		"alg none":                    {unsigned(`{"alg":"none"}`, text(right)), FaultAlgorithm},
		"alg None":                    {unsigned(`{"alg":"None"}`, text(right)), FaultAlgorithm},
		"HS256 with the public key":   {testissuer.Sign(hmacOfPublic, []byte(publicKey), map[string]any{"kid": kid}, right), FaultAlgorithm},
		"RS384":                       {testissuer.Sign(jwt.SigningMethodRS384, rsaKey(), map[string]any{"kid": kid}, right), FaultAlgorithm},
		"a key of another type":       {testissuer.Sign(jwt.SigningMethodRS256, rsaKey(), map[string]any{"kid": kid}, right), FaultKey},
		"another key under the kid":   {testissuer.Sign(jwt.SigningMethodES256, ecKey, map[string]any{"kid": kid}, right), FaultSignature},
		"its own key as jwk":          {testissuer.Sign(jwt.SigningMethodES256, ecKey, map[string]any{"kid": kid, "jwk": foreign}, right), FaultSignature},
		"its own key as jwk, no kid":  {testissuer.Sign(jwt.SigningMethodES256, ecKey, map[string]any{"jwk": foreign}, right), FaultSignature},
		"its own keys as jku":         {testissuer.Sign(jwt.SigningMethodES256, ecKey, map[string]any{"kid": "attacker", "jku": w.issuer.URL + "/evil"}, right), FaultKey},
		"its own certificate as x5u":  {testissuer.Sign(jwt.SigningMethodES256, ecKey, map[string]any{"kid": "attacker", "x5u": w.issuer.URL + "/evil"}, right), FaultKey},
		"a claim changed":             {segments[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(text(right), `"jti":"`, `"jti":"x`, 1))) + "." + segments[2], FaultSignature},
		"nothing":                     {"..", FaultMalformed},
	} {
		if _, fault := w.verify(t, tc.assertion, w.entry()); fault != tc.fault {
			t.Errorf("%s: %q, want %q", name, fault, tc.fault)
		}
	}
	if n := w.issuer.Requests("/evil"); n != 0 {
		t.Errorf("%d requests for what a header names", n)
	}
}

func unsigned(header, payload string) string {
	e := base64.RawURLEncoding
	return e.EncodeToString([]byte(header)) + "." + e.EncodeToString([]byte(payload)) + "."
}

func TestVerify_ConfiguredClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	entry := w.entry()
	entry.Claims = map[string]string{"repository_id": "12345", "ref": "refs/heads/main", "protected": "true"}
	for name, tc := range map[string]struct {
		claims testissuer.Claims
		fault  Fault
	}{
		"texts":            {testissuer.Claims{"repository_id": "12345", "ref": "refs/heads/main", "protected": "true"}, ""},
		"other types":      {testissuer.Claims{"repository_id": 12345, "ref": "refs/heads/main", "protected": true}, ""},
		"another number":   {testissuer.Claims{"repository_id": 123456, "ref": "refs/heads/main", "protected": true}, FaultClaims},
		"another branch":   {testissuer.Claims{"repository_id": 12345, "ref": "refs/heads/x", "protected": true}, FaultClaims},
		"another Boolean":  {testissuer.Claims{"repository_id": 12345, "ref": "refs/heads/main", "protected": false}, FaultClaims},
		"one is missing":   {testissuer.Claims{"repository_id": 12345, "ref": "refs/heads/main"}, FaultClaims},
		"one is null":      {testissuer.Claims{"repository_id": 12345, "ref": "refs/heads/main", "protected": json.RawMessage("null")}, FaultClaims},
		"one in an object": {testissuer.Claims{"repository_id": 12345, "ref": "refs/heads/main", "protected": map[string]bool{"true": true}}, FaultClaims},
		"one in an array":  {testissuer.Claims{"repository_id": []int{12345}, "ref": "refs/heads/main", "protected": true}, FaultClaims},
	} {
		if _, fault := w.verify(t, w.issuer.Token(claims(tc.claims)), entry); fault != tc.fault {
			t.Errorf("%s: %q, want %q", name, fault, tc.fault)
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	with := func(name, subject string, edit func(*store.FederatedCredential)) store.FederatedCredential {
		c := w.entry()
		c.Name, c.Subject = name, subject
		if edit != nil {
			edit(&c)
		}
		return c
	}
	all := []store.FederatedCredential{
		with("organization", "repo:octo/*", nil),
		with("repository", "repo:octo/shop:*", nil),
		with("exact", "repo:octo/shop:environment:prod", func(c *store.FederatedCredential) { c.LoginIDs = []string{"Deploy@example.com"} }),
		with("exact on main", "repo:octo/shop:environment:prod", func(c *store.FederatedCredential) { c.Claims = map[string]string{"ref": "main"} }),
		with("reader", "repo:octo/shop:environment:prod", func(c *store.FederatedCredential) {
			c.LoginIDs, c.Audience = []string{"read@example.com"}, "other"
		}),
	}
	for name, tc := range map[string]struct {
		subject, login, ref, want string
	}{
		"the longest pattern":      {"repo:octo/shop:ref:x", "", "", "repository"},
		"a shorter one":            {"repo:octo/other:ref:x", "", "", "organization"},
		"the exact one":            {"repo:octo/shop:environment:prod", "deploy@EXAMPLE.com", "", "exact"},
		"the one with more claims": {"repo:octo/shop:environment:prod", "deploy@example.com", "main", "exact on main"},
		"one for another user":     {"repo:octo/shop:environment:prod", "other@example.com", "", "repository"},
		"no user yet":              {"repo:octo/shop:environment:prod", "", "", "exact"},
		"nothing after the prefix": {"repo:octo/shop:", "", "", "organization"},
		"another organization":     {"repo:octopus/shop:ref:x", "", "", ""},
	} {
		token := w.issuer.Token(claims(testissuer.Claims{"sub": tc.subject, "ref": tc.ref}))
		v, fault := w.verifyRequest(t, Request{Assertion: token, Credentials: all, Login: tc.login})
		if tc.want == "" && (v.Credential != nil || fault != FaultSubject) {
			t.Errorf("%s: %+v, %q", name, v.Credential, fault)
		}
		if tc.want != "" && (fault != "" || v.Credential.Name != tc.want) {
			t.Errorf("%s: %+v, %q; want %s", name, v.Credential, fault, tc.want)
		}
	}
	only := []store.FederatedCredential{all[2]}
	if _, fault := w.verifyRequest(t, Request{Assertion: w.issuer.Token(claims(nil)), Credentials: only, Login: "other@example.com"}); fault != FaultLogin {
		t.Errorf("another user: %q", fault)
	}
}

func TestVerify_SingleUseNeedsAnID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	entry := w.entry()
	entry.SingleUse = true
	for _, claim := range []testissuer.Claims{{"jti": nil}, {"jti": ""}} {
		if _, fault := w.verify(t, w.issuer.Token(claims(claim)), entry); fault != FaultNoID {
			t.Errorf("%v: %q", claim, fault)
		}
	}
	one, _ := w.verify(t, w.issuer.Token(claims(testissuer.Claims{"jti": "a"})), entry)
	again, _ := w.verify(t, w.issuer.Token(claims(testissuer.Claims{"jti": "a"})), entry)
	other, _ := w.verify(t, w.issuer.Token(claims(testissuer.Claims{"jti": "b"})), entry)
	if string(one.Use.Once) != string(again.Use.Once) || string(one.Use.Once) == string(other.Use.Once) || !one.Use.ExpiresAt.Equal(start.Add(11*time.Minute)) {
		t.Errorf("used as %+v, %+v, %+v", one.Use, again.Use, other.Use)
	}
	entry.SingleUse = false
	if many, _ := w.verify(t, w.issuer.Token(claims(nil)), entry); many.Use.Once != nil {
		t.Error("valid once without being asked for")
	}
}

func TestVerify_OwnKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := func(d time.Duration) int64 { return start.Add(d).Unix() }
	right := func(more testissuer.Claims) testissuer.Claims {
		all := testissuer.Claims{"iss": clientID, "sub": clientID, "aud": ownIssuer, "nbf": nil, "exp": at(5 * time.Minute)}
		for name, value := range more {
			all[name] = value
		}
		return w.issuer.Complete(all)
	}
	es := func(header map[string]any, more testissuer.Claims) string {
		return testissuer.Sign(jwt.SigningMethodES256, ecKey, header, right(more))
	}
	keys := []store.PublicKey{{KeyID: "ec", PEM: publicPEM(ecKey.Public())}, {KeyID: "rsa", PEM: publicPEM(rsaKey().Public())}, {PEM: publicPEM(edKey.Public())}}
	for name, tc := range map[string]struct {
		assertion string
		fault     Fault
	}{
		"right":                       {es(map[string]any{"kid": "ec"}, nil), ""},
		"its typ":                     {es(map[string]any{"kid": "ec", "typ": "client-authentication+jwt"}, nil), ""},
		"without kid":                 {es(nil, nil), ""},
		"RS256":                       {testissuer.Sign(jwt.SigningMethodRS256, rsaKey(), nil, right(nil)), ""},
		"PS256":                       {testissuer.Sign(jwt.SigningMethodPS256, rsaKey(), nil, right(nil)), ""},
		"EdDSA":                       {testissuer.Sign(jwt.SigningMethodEdDSA, edKey, nil, right(nil)), ""},
		"a kid for a key without one": {testissuer.Sign(jwt.SigningMethodEdDSA, edKey, map[string]any{"kid": "x"}, right(nil)), ""},
		"an audience in an array":     {es(nil, testissuer.Claims{"aud": []string{ownIssuer}}), ""},
		"an unknown kid":              {es(map[string]any{"kid": "x"}, nil), FaultKey},
		"the kid of another key":      {es(map[string]any{"kid": "rsa"}, nil), FaultKey},
		"the token endpoint":          {es(nil, testissuer.Claims{"aud": ownIssuer + "/auth/token"}), FaultAudience},
		"an array of two":             {es(nil, testissuer.Claims{"aud": []string{ownIssuer, ownIssuer + "/auth/token"}}), FaultAudience},
		"a final slash":               {es(nil, testissuer.Claims{"aud": ownIssuer + "/"}), FaultAudience},
		"another sub":                 {es(nil, testissuer.Claims{"sub": "other"}), FaultSubject},
		"another clientId":            {es(nil, testissuer.Claims{"iss": "other", "sub": "other"}), FaultIssuer},
		"an hour of life":             {es(nil, testissuer.Claims{"exp": at(time.Hour)}), FaultTooLong},
		"a second too long":           {es(nil, testissuer.Claims{"exp": at(5*time.Minute + time.Second)}), FaultTooLong},
		"no iat":                      {es(nil, testissuer.Claims{"iat": nil}), FaultTooLong},
		"no jti":                      {es(nil, testissuer.Claims{"jti": nil}), FaultNoID},
		"expired":                     {es(nil, testissuer.Claims{"iat": at(-6 * time.Minute), "exp": at(-time.Minute)}), FaultExpired},
		"of the future":               {es(nil, testissuer.Claims{"iat": at(2 * time.Minute)}), FaultNotYet},
		"HS256 with the public key":   {testissuer.Sign(hmacOfPublic, []byte(keys[0].PEM), nil, right(nil)), FaultAlgorithm},
		"another application's key":   {testissuer.Sign(jwt.SigningMethodES256, must(newEC()), map[string]any{"kid": "ec"}, right(nil)), FaultSignature},
	} {
		v, fault := w.verifyRequest(t, Request{Assertion: tc.assertion, Keys: keys})
		if fault != tc.fault {
			t.Errorf("%s: %q, want %q", name, fault, tc.fault)
		}
		if fault == "" && (v.Use.Once == nil || v.Use.Credential == "" || v.Credential != nil) {
			t.Errorf("%s: used as %+v", name, v)
		}
	}
	if _, fault := w.verifyRequest(t, Request{Assertion: es(nil, nil)}); fault != FaultKey {
		t.Errorf("an application without keys: %q", fault)
	}
	two := []store.PublicKey{{PEM: keys[0].PEM}, {PEM: publicPEM(must(newEC()).Public())}}
	if _, fault := w.verifyRequest(t, Request{Assertion: es(nil, nil), Keys: two}); fault != FaultKey {
		t.Errorf("no kid and two keys: %q", fault)
	}
	if _, fault := w.verifyRequest(t, Request{Assertion: es(map[string]any{"kid": "any"}, nil), Keys: two}); fault != "" {
		t.Errorf("a kid and two keys without: %q", fault)
	}
	if got := w.requests(); got != [2]int{} {
		t.Errorf("%v requests to an issuer", got)
	}
}
