package oauth_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
)

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// forge signs any header and payload with a key.
func forge(t testing.TB, key *rsa.PrivateKey, header, payload string) string {
	t.Helper()
	input := encode(header) + "." + encode(payload)
	signature, err := jwt.SigningMethodRS256.Sign(input, key)
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestVerify_RefusesForgeries(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	tokens := r.signIn()
	good := tokens.str("access_token")
	parts := strings.Split(good, ".")
	current := r.manager.Current()
	ours := current.Signer().(*rsa.PrivateKey)
	theirs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	header := fmt.Sprintf(`{"alg":"RS256","kid":%q,"typ":"JWT"}`, current.ID)
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := string(payload)
	with := func(changes map[string]any) string {
		c := r.claims(good)
		maps.Copy(c, changes)
		maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
		raw, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	der, err := x509.MarshalPKIXPublicKey(current.Public)
	if err != nil {
		t.Fatal(err)
	}
	hmacSigned := func(key []byte) string {
		input := encode(strings.Replace(header, "RS256", "HS256", 1)) + "." + encode(claims)
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(input))
		return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	jwk, err := json.Marshal(keys.NewJWK(&theirs.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Split(r.signIn().str("access_token"), ".")

	if _, err := r.server.Verify(t.Context(), forge(t, ours, header, claims)); err != nil {
		t.Fatalf("the forge itself does not work: %v", err)
	}
	for name, token := range map[string]string{
		"empty":                      "",
		"one part":                   "x",
		"two parts":                  parts[0] + "." + parts[1],
		"four parts":                 good + ".x",
		"none":                       encode(`{"alg":"none","typ":"JWT"}`) + "." + parts[1] + ".",
		"None with our signature":    encode(strings.Replace(header, "RS256", "None", 1)) + "." + parts[1] + "." + parts[2],
		"HS256 with the DER":         hmacSigned(der),
		"HS256 with the PEM":         hmacSigned(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"RS384 in the header":        forge(t, ours, strings.Replace(header, "RS256", "RS384", 1), claims),
		"another key, our kid":       forge(t, theirs, header, claims),
		"another key, its kid":       forge(t, theirs, strings.Replace(header, current.ID, keys.Thumbprint(&theirs.PublicKey), 1), claims),
		"no kid":                     forge(t, ours, `{"alg":"RS256","typ":"JWT"}`, claims),
		"path-like kid":              forge(t, ours, `{"alg":"RS256","kid":"../../../dev/null","typ":"JWT"}`, claims),
		"embedded jwk":               forge(t, theirs, fmt.Sprintf(`{"alg":"RS256","kid":%q,"typ":"JWT","jwk":%s}`, current.ID, jwk), claims),
		"jku":                        forge(t, theirs, fmt.Sprintf(`{"alg":"RS256","kid":%q,"typ":"JWT","jku":"https://evil.example.com/jwks"}`, current.ID), claims),
		"x5u":                        forge(t, ours, fmt.Sprintf(`{"alg":"RS256","kid":%q,"typ":"JWT","x5u":"https://evil.example.com"}`, current.ID), claims),
		"crit":                       forge(t, ours, fmt.Sprintf(`{"alg":"RS256","kid":%q,"typ":"JWT","crit":["b64"],"b64":false}`, current.ID), claims),
		"alg twice":                  forge(t, ours, fmt.Sprintf(`{"alg":"none","alg":"RS256","kid":%q,"typ":"JWT"}`, current.ID), claims),
		"another typ":                forge(t, ours, strings.Replace(header, "JWT", "at+jwt", 1), claims),
		"swapped signature":          parts[0] + "." + parts[1] + "." + other[2],
		"swapped payload":            parts[0] + "." + other[1] + "." + parts[2],
		"truncated signature":        good[:len(good)-4],
		"no signature":               parts[0] + "." + parts[1] + ".",
		"padding":                    good + "==",
		"line feed":                  good[:len(good)-20] + "\n" + good[len(good)-20:],
		"id token":                   tokens.str("id_token"),
		"refresh token":              tokens.str("refresh_token"),
		"wrong issuer":               forge(t, ours, header, with(map[string]any{"iss": publicURL})),
		"no issuer":                  forge(t, ours, header, with(map[string]any{"iss": nil})),
		"wrong audience":             forge(t, ours, header, with(map[string]any{"aud": "id-" + otherClient})),
		"client id as audience":      forge(t, ours, header, with(map[string]any{"aud": m2mClient})),
		"several audiences":          forge(t, ours, header, with(map[string]any{"aud": []string{"id-" + m2mClient}})),
		"another user":               forge(t, ours, header, with(map[string]any{"scope": map[string]any{"id": strangerID}})),
		"no user":                    forge(t, ours, header, with(map[string]any{"scope": map[string]any{}})),
		"expired":                    forge(t, ours, header, with(map[string]any{"exp": start.Unix()})),
		"no expiry":                  forge(t, ours, header, with(map[string]any{"exp": nil})),
		"expiry as text":             forge(t, ours, header, with(map[string]any{"exp": "9999999999"})),
		"not valid yet":              forge(t, ours, header, with(map[string]any{"nbf": start.Unix() + 1})),
		"unknown family":             forge(t, ours, header, with(map[string]any{"jti": "x.y"})),
		"no jti":                     forge(t, ours, header, with(map[string]any{"jti": nil})),
		"claim twice":                forge(t, ours, header, strings.Replace(claims, `{`, `{"iss":"atm",`, 1)),
		"claim twice, by an escape":  forge(t, ours, header, strings.Replace(claims, `{`, `{"\u0069ss":"atm",`, 1)),
		"claims in other case":       forge(t, ours, header, strings.Replace(claims, `"exp"`, `"Exp"`, 1)),
		"no object":                  forge(t, ours, header, `["x"]`),
		"something after the object": forge(t, ours, header, claims+"{}"),
		"deeply nested":              forge(t, ours, header, strings.Replace(claims, `{`, `{"x":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`,`, 1)),
		"huge":                       forge(t, ours, header, strings.Replace(claims, `{`, `{"x":"`+strings.Repeat("x", 1<<20)+`",`, 1)),
		"header of nested nonsense":  forge(t, ours, strings.Repeat(`{"a":`, 3000)+"1"+strings.Repeat("}", 3000), claims),
	} {
		if _, err := r.server.Verify(t.Context(), token); !errors.Is(err, oauth.ErrInvalidToken) {
			t.Errorf("%s: %v, want ErrInvalidToken", name, err)
		} else if token != "" && len(token) > 10 && strings.Contains(err.Error(), token) {
			t.Errorf("%s: the error repeats the token", name)
		}
		if failed := failedSteps(t, r, token); (len(failed) == 0) != (name == "id token") {
			t.Errorf("%s: Inspect finds %q", name, failed)
		}
	}
	if failed := failedSteps(t, r, good); len(failed) > 0 {
		t.Errorf("a valid token: Inspect finds %q", failed)
	}
}

// failedSteps are the steps that Inspect shows as failed.
func failedSteps(t *testing.T, r *rig, token string) []string {
	t.Helper()
	found, err := r.server.Inspect(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, result := range found.Results {
		if result.State == oauth.Failed {
			failed = append(failed, result.Step)
		}
	}
	return failed
}

func TestVerify_OutlivesKeyRotationUntilItsExpiry(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	token := r.signIn().str("access_token")
	for range 3 {
		if _, err := r.manager.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	v, err := r.server.Verify(t.Context(), token)
	if err != nil || v.User.Role != "super_admin" || v.Client.ClientID != m2mClient || v.Claims.Scope.Email != loginID {
		t.Fatalf("verify: %+v, %v", v, err)
	}
	r.clock.Advance(600 * time.Second)
	if r.active(token) {
		t.Error("the token outlives its expiry")
	}
}

func FuzzVerify(f *testing.F) {
	r := newRig(f, options{})
	tokens := r.signIn()
	ours := r.manager.Current().Signer().(*rsa.PrivateKey)
	parts := strings.Split(tokens.str("access_token"), ".")
	header, _ := base64.RawURLEncoding.DecodeString(parts[0])
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	f.Add(string(header), string(payload), true)
	f.Add(string(header), string(payload), false)
	f.Add(`{"alg":"none"}`, `{"iss":"atm"}`, true)
	f.Add(`{"alg":"RS256","kid":"","typ":"JWT"}`, `{"exp":1e999,"scope":null,"aud":[]}`, true)
	f.Fuzz(func(t *testing.T, header, payload string, signed bool) {
		token := encode(header) + "." + encode(payload) + "." + parts[2]
		if signed {
			token = forge(t, ours, header, payload)
		}
		v, err := r.server.Verify(t.Context(), token)
		if err != nil && !errors.Is(err, oauth.ErrInvalidToken) {
			t.Errorf("an error of the server's own: %v", err)
		}
		if err == nil && (v.Claims.Issuer != "atm" || v.Claims.Audience != "id-"+m2mClient || v.Claims.Scope.ID != userID) {
			t.Errorf("accepted %+v", v.Claims)
		}
	})
}
