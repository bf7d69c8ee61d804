package token_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tci-pf/terraform-provider-atm/internal/jwkset"
	"github.com/tci-pf/terraform-provider-atm/internal/token"
)

func TestVerify_TakesTheDocumentedToken(t *testing.T) {
	t.Parallel()
	named := audience
	for name, expected := range map[string]*string{"audience not compared": nil, "audience named": &named} {
		got, err := token.Verify(t.Context(), signed(documented), keys(t), expected, now)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := &token.Claims{
			KeyID: kid, Issuer: "atm", Audience: audience,
			User:     &token.User{ID: "D7aaqWe34vWj_Bd-uuP8N", Email: "admin@gmail.com", FirstName: "Thong"},
			IssuedAt: time.Unix(1662429262, 0).UTC(), ExpiresAt: time.Unix(1662429442, 0).UTC(),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestVerify_TakesWhatMeansTheSame(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]string{
		"a token without a user":        claim("scope", map[string]any{}),
		"an audience as a list of one":  claim("aud", []string{audience}),
		"claims that nobody knows":      claim("extra", map[string]any{"a": []any{1, 2}}),
		"times as fractions":            claim("exp", 1662429442.5),
		"expired within the leeway":     claim("exp", now.Unix()-29),
		"issued within the leeway":      claim("iat", now.Unix()+29),
		"not before, within the leeway": claim("nbf", now.Unix()+29),
	} {
		named := audience
		if _, err := token.Verify(t.Context(), signed(payload), keys(t), &named, now); err != nil {
			t.Errorf("%s is refused: %v", name, err)
		}
	}
}

// refusals is every wrong token of these tests, with the check that has to find
// it.
func refusals() map[string]struct {
	token string
	check token.Check
} {
	type wrong = struct {
		token string
		check token.Check
	}
	good := signed(documented)
	parts := strings.Split(good, ".")
	other := strings.Split(signed(claim("jti", "another")), ".")
	header := func(extra string) string {
		return forge(strings.TrimSuffix(right, "}")+","+extra+"}", documented, ours())
	}
	kidded := func(id string) string {
		return forge(fmt.Sprintf(`{"alg":"RS256","kid":%q}`, id), documented, ours())
	}
	foreign := func(extra string) string {
		return forge(fmt.Sprintf(`{"alg":"RS256","kid":%q,%s}`, kid, extra), documented, theirs())
	}
	embedded := fmt.Sprintf(`"jwk":{"kty":"RSA","n":%q,"e":"AQAB"}`, b64(theirs().N.Bytes()))
	return map[string]wrong{
		"nothing":                       {"", token.CheckForm},
		"a word":                        {"token", token.CheckForm},
		"two parts":                     {parts[0] + "." + parts[1], token.CheckForm},
		"four parts":                    {good + "." + parts[2], token.CheckForm},
		"an encrypted token":            {good + "." + parts[1] + "." + parts[2], token.CheckForm},
		"no signature":                  {parts[0] + "." + parts[1] + ".", token.CheckForm},
		"cut in the signature":          {good[:len(good)-10], token.CheckSignature},
		"cut in the payload":            {parts[0] + "." + parts[1][:len(parts[1])-9] + "." + parts[2], token.CheckForm},
		"padding":                       {good + "==", token.CheckForm},
		"a line break":                  {good[:len(good)-4] + "\n" + good[len(good)-4:], token.CheckForm},
		"white space around it":         {" " + good, token.CheckForm},
		"the other base64 alphabet":     {parts[0] + "." + parts[1] + "." + strings.Repeat("+/", 171), token.CheckForm},
		"bits after the last byte":      {parts[0] + "." + parts[1] + "." + parts[2][:len(parts[2])-1] + "B", token.CheckForm},
		"a header that is a list":       {forge(`["RS256"]`, documented, ours()), token.CheckForm},
		"a payload that is null":        {forge(right, `null`, ours()), token.CheckForm},
		"a payload that goes on":        {signed(documented + documented), token.CheckForm},
		"a payload that is not UTF-8":   {signed("{\"iss\":\"\xff\"}"), token.CheckForm},
		"a claim twice":                 {signed(strings.Replace(documented, `"iss"`, `"exp": 9999999999, "iss"`, 1)), token.CheckForm},
		"a claim of the scope twice":    {signed(strings.Replace(documented, `"id"`, `"email": "root@example.com", "id"`, 1)), token.CheckForm},
		"a claim twice, once escaped":   {signed(strings.Replace(documented, `"iss"`, `"\u0065xp": 9999999999, "iss"`, 1)), token.CheckForm},
		"a header field twice":          {forge(`{"alg":"none","alg":"RS256","kid":"`+kid+`"}`, documented, ours()), token.CheckForm},
		"a huge payload":                {signed(claim("extra", strings.Repeat("x", 20000))), token.CheckForm},
		"a payload nested without end":  {signed(`{"a":` + strings.Repeat("[", 5000)), token.CheckForm},
		"a payload nested deeply":       {signed(strings.TrimSuffix(documented, "}") + `,"a":` + strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 21)), token.CheckForm},
		"alg none, unsigned":            {b64([]byte(`{"alg":"none","kid":"`+kid+`"}`)) + "." + parts[1] + ".", token.CheckForm},
		"alg none":                      {forge(`{"alg":"none","kid":"`+kid+`"}`, documented, ours()), token.CheckHeader},
		"alg None":                      {forge(`{"alg":"None","kid":"`+kid+`"}`, documented, ours()), token.CheckHeader},
		"no alg":                        {forge(`{"kid":"`+kid+`"}`, documented, ours()), token.CheckHeader},
		"an alg that is no text":        {forge(`{"alg":["RS256"],"kid":"`+kid+`"}`, documented, ours()), token.CheckHeader},
		"HS256 with the public key":     {hmacWithPublicKey(`{"alg":"HS256","kid":"` + kid + `"}`), token.CheckHeader},
		"HS256 that says RS256":         {hmacWithPublicKey(right), token.CheckSignature},
		"another RSA algorithm":         {forge(`{"alg":"RS512","kid":"`+kid+`"}`, documented, ours()), token.CheckHeader},
		"PSS":                           {forge(`{"alg":"PS256","kid":"`+kid+`"}`, documented, ours()), token.CheckHeader},
		"no kid":                        {forge(`{"alg":"RS256"}`, documented, ours()), token.CheckHeader},
		"an empty kid":                  {kidded(""), token.CheckHeader},
		"a kid that is a number":        {forge(`{"alg":"RS256","kid":1}`, documented, ours()), token.CheckHeader},
		"a kid that is a path":          {kidded("../../dev/null"), token.CheckHeader},
		"a kid that is a path, escaped": {kidded("%2e%2e%2fdev%2fnull"), token.CheckHeader},
		"a kid that is a URL":           {kidded("https://evil.example.com/key"), token.CheckHeader},
		"a kid that is SQL":             {kidded("' UNION SELECT 'key"), token.CheckHeader},
		"a huge kid":                    {kidded(strings.Repeat("k", 1000)), token.CheckHeader},
		"an unknown kid":                {kidded("unknown"), token.CheckKey},
		"a kid in another case":         {kidded(strings.ToLower(kid)), token.CheckKey},
		"its own key":                   {foreign(embedded), token.CheckHeader},
		"its own key, ATM's signature":  {header(embedded), token.CheckHeader},
		"a JWKS at another URL":         {foreign(`"jku":"https://evil.example.com/jwks.json"`), token.CheckHeader},
		"a certificate at another URL":  {foreign(`"x5u":"https://evil.example.com/cert.pem"`), token.CheckHeader},
		"a certificate of its own":      {foreign(`"x5c":["MIIB"]`), token.CheckHeader},
		"an extension that must be met": {header(`"crit":["b64"],"b64":false`), token.CheckHeader},
		"another issuer's signature":    {forge(right, documented, theirs()), token.CheckSignature},
		"another token's signature":     {parts[0] + "." + parts[1] + "." + other[2], token.CheckSignature},
		"another token's payload":       {parts[0] + "." + other[1] + "." + parts[2], token.CheckSignature},
		"another issuer":                {signed(claim("iss", "https://atm.example.com")), token.CheckIssuer},
		"an issuer in another case":     {signed(claim("iss", "ATM")), token.CheckIssuer},
		"an empty issuer":               {signed(claim("iss", "")), token.CheckIssuer},
		"no issuer":                     {signed(claim("iss", nil)), token.CheckClaims},
		"an issuer that is a list":      {signed(claim("iss", []string{"atm"})), token.CheckClaims},
		"another audience":              {signed(claim("aud", "AAAAAAAAAAAAAAAAAAAAA")), token.CheckAudience},
		"an empty audience":             {signed(claim("aud", "")), token.CheckAudience},
		"no audience":                   {signed(claim("aud", nil)), token.CheckClaims},
		"two audiences":                 {signed(claim("aud", []string{audience, "other"})), token.CheckClaims},
		"expired":                       {signed(claim("exp", now.Unix()-30)), token.CheckTime},
		"expired long ago":              {signed(claim("exp", 1)), token.CheckTime},
		"no end":                        {signed(claim("exp", nil)), token.CheckClaims},
		"an end that is a text":         {signed(claim("exp", "9999999999")), token.CheckClaims},
		"an end of zero":                {signed(claim("exp", 0)), token.CheckClaims},
		"an end beyond all numbers":     {signed(strings.Replace(documented, "1662429442", "1e300", 1)), token.CheckClaims},
		"an end that is no float":       {signed(strings.Replace(documented, "1662429442", "1e999999", 1)), token.CheckClaims},
		"a negative end":                {signed(claim("exp", -1662429442)), token.CheckClaims},
		"issued in the future":          {signed(claim("iat", now.Unix()+31)), token.CheckTime},
		"no time of issue":              {signed(claim("iat", nil)), token.CheckClaims},
		"not valid yet":                 {signed(claim("nbf", now.Unix()+31)), token.CheckTime},
		"not before a text":             {signed(claim("nbf", "tomorrow")), token.CheckClaims},
		"a scope that is a text":        {signed(claim("scope", "openid")), token.CheckClaims},
		"no scope":                      {signed(claim("scope", nil)), token.CheckClaims},
		"half a user":                   {signed(claim("scope", map[string]any{"id": "D7aaqWe34vWj_Bd-uuP8N"})), token.CheckClaims},
	}
}

func TestVerify_Refuses(t *testing.T) {
	t.Parallel()
	for name, wrong := range refusals() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			named := audience
			claims, err := token.Verify(t.Context(), wrong.token, keys(t), &named, now)
			var refusal *token.Refusal
			if !errors.As(err, &refusal) || claims != nil {
				t.Fatalf("got claims %v and error %v, want a refusal", claims, err)
			}
			if refusal.Check != wrong.check {
				t.Errorf("refused by the check of %s (%v), want %s", refusal.Check, refusal, wrong.check)
			}
			betraysNothing(t, refusal.Error(), wrong.token)
		})
	}
}

// betraysNothing fails where a message holds a piece of the token that is long
// enough to be of use.
func betraysNothing(t *testing.T, message, text string) {
	t.Helper()
	for _, part := range strings.Split(text, ".") {
		if len(part) > 24 && strings.Contains(message, part[:24]) {
			t.Errorf("the message holds a part of the token: %s", message)
		}
	}
	if len(message) > 500 {
		t.Errorf("the message has %d characters: %.100s…", len(message), message)
	}
}

func TestVerify_AsksOnceMoreForAnUnknownKey(t *testing.T) {
	t.Parallel()
	old := jwks(jwk("old", &theirs().PublicKey))
	for name, test := range map[string]struct {
		second []byte
		asked  int
		check  token.Check
	}{
		"rotated in between": {published(), 2, ""},
		"unknown for good":   {old, 2, token.CheckKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []bool
			fetch := func(_ context.Context, fresh bool) ([]byte, error) {
				asked = append(asked, fresh)
				if fresh {
					return test.second, nil
				}
				return old, nil
			}
			_, err := token.Verify(t.Context(), signed(documented), token.FetchedKeys(fetch), nil, now)
			var refusal *token.Refusal
			if got := errors.As(err, &refusal); got != (test.check != "") || got && refusal.Check != test.check {
				t.Errorf("got error %v", err)
			}
			if diff := cmp.Diff([]bool{false, true}, asked); diff != "" {
				t.Errorf("asked for keys (-want +got)\n%s", diff)
			}
		})
	}
}

func TestVerify_AsksForNoKeyThatIsAPath(t *testing.T) {
	t.Parallel()
	fetch := func(context.Context, bool) ([]byte, error) {
		t.Error("asked for the keys")
		return published(), nil
	}
	wrong := forge(`{"alg":"RS256","kid":"../x"}`, documented, ours())
	if _, err := token.Verify(t.Context(), wrong, token.FetchedKeys(fetch), nil, now); err == nil {
		t.Error("accepted")
	}
}

func TestVerify_KeysThatCannotBeHad(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	for name, fetch := range map[string]func(context.Context, bool) ([]byte, error){
		"no response":  func(context.Context, bool) ([]byte, error) { return nil, down },
		"no key set":   func(context.Context, bool) ([]byte, error) { return []byte(`<html>`), nil },
		"an empty one": func(context.Context, bool) ([]byte, error) { return []byte(`{"keys":[]}`), nil },
		"down at second": func(_ context.Context, fresh bool) ([]byte, error) {
			return jwks(jwk("old", &theirs().PublicKey)), onlyIf(fresh, down)
		},
	} {
		_, err := token.Verify(t.Context(), signed(documented), token.FetchedKeys(fetch), nil, now)
		var keysError *token.KeysError
		if !errors.As(err, &keysError) {
			t.Errorf("%s: got error %v, want a KeysError", name, err)
		}
	}
}

func onlyIf(condition bool, err error) error {
	if condition {
		return err
	}
	return nil
}

func TestVerify_TellsTheKeysThatThereAre(t *testing.T) {
	t.Parallel()
	set, err := jwkset.Parse(jwks(jwk("one", &ours().PublicKey), jwk("two", &theirs().PublicKey)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = token.Verify(t.Context(), signed(documented), token.FixedKeys(set), nil, now)
	if err == nil || !strings.Contains(err.Error(), "one, two") {
		t.Errorf("got %v, want the kids of the set", err)
	}
}

// FuzzVerify: for any input, nothing but the very tokens that were signed is
// accepted, and nothing panics.
func FuzzVerify(f *testing.F) {
	made := map[string]bool{signed(documented): true}
	for _, wrong := range refusals() {
		made[wrong.token] = true
	}
	for text := range made {
		f.Add(text)
	}
	known := keys(f)
	f.Fuzz(func(t *testing.T, text string) {
		claims, err := token.Verify(t.Context(), text, known, nil, now)
		if err == nil && !made[text] {
			t.Errorf("accepted %q, which says %v", text, claims)
		}
		if err != nil {
			betraysNothing(t, err.Error(), text)
		}
	})
}

// FuzzVerifySigned signs any header and payload with ATM's own key, as a key
// that leaked or a bug of the server would: what is accepted has the one
// algorithm and key, and claims that are read as they are written.
func FuzzVerifySigned(f *testing.F) {
	f.Add(right, documented)
	f.Add(`{"alg":"none","kid":"`+kid+`"}`, documented)
	f.Add(right, claim("aud", []string{audience}))
	f.Add(right, claim("scope", map[string]any{}))
	f.Add(right, claim("exp", 1e300))
	known, named := keys(f), audience
	f.Fuzz(func(t *testing.T, header, payload string) {
		text := forge(header, payload, ours())
		claims, err := token.Verify(t.Context(), text, known, &named, now)
		if err != nil {
			var refusal *token.Refusal
			if claims != nil || !errors.As(err, &refusal) {
				t.Errorf("claims %v, and an error that is no refusal: %v", claims, err)
			}
			betraysNothing(t, err.Error(), text)
			return
		}
		var head struct{ Alg, Kid string }
		var said struct {
			Iss string
			Exp float64
		}
		if err := errors.Join(json.Unmarshal([]byte(header), &head), json.Unmarshal([]byte(payload), &said)); err != nil {
			t.Fatalf("accepted what encoding/json does not read: %v", err)
		}
		if head.Alg != "RS256" || head.Kid != kid || said.Iss != "atm" || said.Iss != claims.Issuer || claims.Audience != audience {
			t.Errorf("accepted %s %s as %+v", header, payload, claims)
		}
		if left := time.Duration((said.Exp - float64(now.Unix())) * float64(time.Second)); left <= -30*time.Second {
			t.Errorf("accepted %s, expired for %s", payload, -left)
		}
	})
}
