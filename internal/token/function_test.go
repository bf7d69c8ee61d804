package token_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/provider"
)

// functions is a provider without configuration: functions need none.
func functions(t *testing.T) *acctest.Protocol {
	t.Helper()
	t.Parallel()
	return acctest.Unconfigured(t, func() (tfprotov6.ProviderServer, error) {
		return provider.Server("test")(), nil
	})
}

const at = "2022-09-06T01:55:22Z"

func TestVerifyToken(t *testing.T) {
	p := functions(t)
	for name, named := range map[string]any{"audience not compared": nil, "audience named": audience} {
		got, err := p.Call("verify_token", signed(documented), string(published()), named, at)
		if err != nil {
			t.Fatalf("%s: %s", name, err.Text)
		}
		for _, test := range []struct {
			want any
			path []any
		}{
			{"atm", []any{"claims", "iss"}},
			{audience, []any{"claims", "aud"}},
			{"admin@gmail.com", []any{"claims", "scope", "email"}},
			{"D7aaqWe34vWj_Bd-uuP8N", []any{"claims", "scope", "id"}},
			{"Thong", []any{"claims", "scope", "first_name"}},
			{"", []any{"claims", "scope", "last_name"}},
			{kid, []any{"kid"}},
			{"2022-09-06T01:54:22Z", []any{"issued_at"}},
			{"2022-09-06T01:57:22Z", []any{"expires_at"}},
		} {
			if have := got.Get(test.path...); have != test.want {
				t.Errorf("%s: %v is %v, want %v", name, test.path, have, test.want)
			}
		}
	}
	got, err := p.Call("verify_token", signed(claim("scope", map[string]any{})), string(published()), nil, at)
	if err != nil || got.Get("claims", "scope") != nil {
		t.Errorf("a token without a user: %v", err)
	}
}

func TestVerifyToken_BlamesTheArgument(t *testing.T) {
	p := functions(t)
	for name, wrong := range refusals() {
		_, err := p.Call("verify_token", wrong.token, string(published()), audience, at)
		want := int64(0)
		if wrong.check == "audience" {
			want = 2
		}
		blames(t, name, err, want, "")
		if err != nil {
			betraysNothing(t, err.Text, wrong.token)
		}
	}
	good, set := signed(documented), string(published())
	for name, test := range map[string]struct {
		arguments []any
		blamed    int64
		says      string
	}{
		"keys that are none":      {[]any{good, "-----BEGIN PUBLIC KEY-----", nil, at}, 1, "not valid JSON"},
		"keys without keys":       {[]any{good, `{"keys":[]}`, nil, at}, 1, "no key"},
		"a key instead of a set":  {[]any{good, `{"kty":"RSA"}`, nil, at}, 1, `no list "keys"`},
		"keys that tell secrets":  {[]any{good, `{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]}`, nil, at}, 1, "secret part"},
		"keys of another issuer":  {[]any{good, string(jwks(jwk("other", &theirs().PublicKey))), nil, at}, 0, "other"},
		"an empty audience":       {[]any{good, set, "", at}, 2, "null"},
		"a time that is none":     {[]any{good, set, nil, "yesterday"}, 3, "RFC 3339"},
		"a time without a zone":   {[]any{good, set, nil, "2022-09-06T01:55:22"}, 3, "RFC 3339"},
		"a time after its end":    {[]any{good, set, nil, "2022-09-06T01:57:52Z"}, 0, "expired at 2022-09-06T01:57:22Z"},
		"a time before its issue": {[]any{good, set, nil, "2022-09-06T01:53:51Z"}, 0, "clocks"},
	} {
		_, err := p.Call("verify_token", test.arguments...)
		blames(t, name, err, test.blamed, test.says)
	}
}

func blames(t *testing.T, name string, err *tfprotov6.FunctionError, argument int64, says string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("%s: no error", name)
	case err.FunctionArgument == nil || *err.FunctionArgument != argument:
		t.Errorf("%s: blames argument %v, want %d: %s", name, err.FunctionArgument, argument, err.Text)
	case !strings.Contains(err.Text, says):
		t.Errorf("%s: says %q, want %q", name, err.Text, says)
	case strings.HasSuffix(err.Text, "."):
		t.Errorf("%s: %q ends in a full stop, to which Terraform adds one", name, err.Text)
	}
}

func TestDecodeToken(t *testing.T) {
	p := functions(t)
	for name, test := range map[string]struct {
		token string
		want  map[string]any
	}{
		"the documented token": {signed(documented), map[string]any{
			"alg": "RS256", "kid": kid, "typ": "JWT", "iss": "atm", "aud": audience, "jti": nil,
			"iat": int64(1662429262), "exp": int64(1662429442), "email": "admin@gmail.com", "first_name": "Thong",
		}},
		"with any signature": {forge(right, documented, theirs()), map[string]any{"iss": "atm"}},
		"without a user":     {signed(claim("scope", map[string]any{})), map[string]any{"scope": nil, "email": nil}},
		"an id token": {forge(`{"alg":"HS256"}`, `{"iss":"https://atm.example.com","sub":"1","aud":["a"],"exp":"soon"}`, theirs()), map[string]any{
			"alg": "HS256", "kid": nil, "iss": "https://atm.example.com", "aud": nil, "exp": nil, "scope": nil,
		}},
	} {
		got, err := p.Call("decode_token", test.token)
		if err != nil {
			t.Fatalf("%s: %s", name, err.Text)
		}
		places := map[string][]any{"scope": {"unverified_claims", "scope"}}
		for _, field := range []string{"alg", "kid", "typ"} {
			places[field] = []any{"unverified_header", field}
		}
		for _, field := range []string{"iss", "aud", "jti", "iat", "exp"} {
			places[field] = []any{"unverified_claims", field}
		}
		for _, field := range []string{"email", "first_name"} {
			places[field] = []any{"unverified_claims", "scope", field}
		}
		for field, want := range test.want {
			if have := got.Get(places[field]...); have != want {
				t.Errorf("%s: %s is %v (%T), want %v", name, field, have, have, want)
			}
		}
	}
	got, err := p.Call("decode_token", signed(`{"sub":"1"}`))
	if err != nil || got.Get("unverified_claims_json") != `{"sub":"1"}` {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestDecodeToken_BlamesTheToken(t *testing.T) {
	p := functions(t)
	for name, wrong := range refusals() {
		_, err := p.Call("decode_token", wrong.token)
		if wrong.check != "form" {
			if err != nil {
				t.Errorf("%s cannot be decoded: %s", name, err.Text)
			}
			continue
		}
		blames(t, name, err, 0, "not a JWT")
		if err != nil {
			betraysNothing(t, err.Text, wrong.token)
		}
	}
}

// A value that is no number for Terraform is null, of any size.
func TestDecodeToken_NumbersWithoutEnd(t *testing.T) {
	p := functions(t)
	for _, number := range []string{"1e999999999", "-1e999999999", "1e-999999999", strings.Repeat("9", 3000)} {
		if _, err := p.Call("decode_token", signed(fmt.Sprintf(`{"exp":%s}`, number))); err != nil {
			t.Errorf("%.20s: %s", number, err.Text)
		}
	}
}
