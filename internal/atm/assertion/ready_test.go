package assertion_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// An expired token is not given: the error names the source, the time and what helps.
func TestSource_Expired(t *testing.T) {
	t.Parallel()
	expired := token(t, jwt.MapClaims{"exp": now.Add(-2 * time.Minute).Unix()})
	s := settings(nil)
	for _, source := range []*assertion.Source{s.Value("ATM_CLIENT_ASSERTION", expired), s.File("client_assertion_file", write(t, expired))} {
		_, err := source.Assertion(t.Context())
		if err == nil {
			t.Fatalf("%s gave an expired token", source.Name)
		}
		for _, want := range []string{source.Name, "expired at 2026-01-02T03:02:05Z", "new token"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error lacks %q: %v", want, err)
			}
		}
		noToken(t, err, expired)
		if err := source.Check(t.Context()); err != nil {
			t.Errorf("%s: checked before it is needed: %v", source.Name, err)
		}
	}
	for name, claims := range map[string]jwt.MapClaims{
		"within the leeway of ATM": {"exp": now.Add(-30 * time.Second).Unix()},
		"without exp, for ATM":     {"exp": nil},
	} {
		if _, err := s.Value("x", token(t, claims)).Assertion(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFile_IsReadEachTime(t *testing.T) {
	t.Parallel()
	first, second := token(t, jwt.MapClaims{"jti": "1"}), token(t, jwt.MapClaims{"jti": "2"})
	path := write(t, " \n"+first+"\r\n\n")
	source := settings(nil).File("client_assertion_file", path)
	for _, want := range []string{first, second} {
		if got, err := source.Assertion(t.Context()); err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
		if err := os.WriteFile(path, []byte(second), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFile_BadContents(t *testing.T) {
	t.Parallel()
	s := settings(nil)
	secret := "not-a-token-but-secret"
	for name, test := range map[string]struct{ path, want string }{
		"missing":     {write(t, "") + "-none", "no such file"},
		"a directory": {t.TempDir(), "cannot be read"},
		"empty":       {write(t, " \n\t"), "empty"},
		"17 KiB":      {write(t, strings.Repeat("a", 17<<10)), "larger than 16 KiB"},
		"endless":     {"/dev/zero", "larger than 16 KiB"},
		"no JWT":      {write(t, secret), "not a JWT"},
		"two tokens":  {write(t, token(t, nil)+"\n"+token(t, nil)), "not a JWT"},
		"Bearer":      {write(t, "Bearer "+token(t, nil)), `"Bearer "`},
		"a PEM text":  {write(t, "-----BEGIN PRIVATE KEY-----"), "not a JWT"},
		"JSON":        {write(t, `{"value":"`+secret+`"}`), "not a JWT"},
	} {
		_, err := s.File("client_assertion_file", test.path).Assertion(t.Context())
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "client_assertion_file ") {
			t.Errorf("%s: %v, want it to contain %q", name, err, test.want)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error contains the text: %v", name, err)
		}
	}
}

func TestCheckPath(t *testing.T) {
	t.Parallel()
	pem, _ := privateKey(t, p256)
	for name, test := range map[string]struct{ path, want string }{
		"a token":          {token(t, nil), "contains a token"},
		"a token and more": {"\n" + token(t, nil) + "\n", "contains a token"},
		"a PEM text":       {pem, "PEM"},
		"PEM on one line":  {strings.ReplaceAll(pem, "\n", " "), "PEM"},
		"a long text":      {strings.Repeat("x", 5000), "too long"},
	} {
		err := assertion.CheckPath(test.path, "client_assertion")
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), test.path[10:30]) {
			t.Errorf("%s: the error contains the text: %v", name, err)
		}
	}
	for _, path := range []string{"/var/run/secrets/atm/token", "eyJ", "token.jwt", `C:\token`} {
		if err := assertion.CheckPath(path, "client_assertion"); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestCheckToken(t *testing.T) {
	t.Parallel()
	if err := assertion.CheckToken(token(t, nil)); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{
		"empty": "", "opaque": "secret-opaque-token-text", "encrypted": "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d", "17 KiB": token(t, jwt.MapClaims{"x": strings.Repeat("a", 17<<10)}),
		"aud is a number": token(t, jwt.MapClaims{"aud": 1}), "a path": "/var/run/token",
	} {
		if err := assertion.CheckToken(text); err == nil {
			t.Errorf("%s is accepted", name)
		} else if len(text) > 10 && strings.Contains(err.Error(), text[:10]) {
			t.Errorf("%s: the error contains the text: %v", name, err)
		}
	}
}
