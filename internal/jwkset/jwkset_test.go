package jwkset_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tci-pf/terraform-provider-atm/internal/jwkset"
)

var (
	big   = sync.OnceValue(func() *rsa.PrivateKey { return mustKey(2048) })
	small = sync.OnceValue(func() *rsa.PrivateKey { return mustKey(1024) })
)

func mustKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

type member = map[string]any

// jwk is a right key with what differs; nil removes a member.
func jwk(id string, key *rsa.PrivateKey, differs member) member {
	m := member{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "e": "AQAB", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes())}
	maps.Copy(m, differs)
	maps.DeleteFunc(m, func(_ string, value any) bool { return value == nil })
	return m
}

func set(t *testing.T, members ...member) []byte {
	t.Helper()
	document, err := json.Marshal(member{"keys": members})
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func TestParse_LeavesOutWhatCannotVerify(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]member{
		"a key for encryption":       jwk("other", big(), member{"use": "enc"}),
		"another algorithm":          jwk("other", big(), member{"alg": "RS512"}),
		"a key that may only sign":   jwk("other", big(), member{"key_ops": []string{"sign"}}),
		"a key of no operation":      jwk("other", big(), member{"key_ops": "verify"}),
		"a curve":                    {"kty": "EC", "kid": "other", "crv": "P-256", "x": "AA", "y": "AA"},
		"an unheard-of type":         {"kty": "PQC", "kid": "other"},
		"no type":                    jwk("other", big(), member{"kty": nil}),
		"no id":                      jwk("other", big(), member{"kid": nil}),
		"an id that is a path":       jwk("../other", big(), nil),
		"too few bits":               jwk("other", small(), nil),
		"no modulus":                 jwk("other", big(), member{"n": nil}),
		"a modulus that is no text":  jwk("other", big(), member{"n": 5}),
		"a modulus of another kind":  jwk("other", big(), member{"n": "!!!"}),
		"an exponent of one":         jwk("other", big(), member{"e": "AQ"}),
		"an even exponent":           jwk("other", big(), member{"e": "AQAA"}),
		"names in another case":      {"KTY": "RSA", "KID": "other", "N": "AQAB", "E": "AQAB"},
		"a certificate instead of n": jwk("other", big(), member{"n": nil, "x5c": []string{"MIIB"}}),
	} {
		got, err := jwkset.Parse(set(t, other, jwk("good", big(), nil)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.IDs() != "good" || got.Find("other") != nil || got.Find("good") == nil {
			t.Errorf("%s: verifies with %s", name, got.IDs())
		}
		if kid, _ := other["kid"].(string); !strings.Contains(got.Document, kid) {
			t.Errorf("%s: the document has lost the key", name)
		}
	}
}

func TestParse_TakesWhatNeedNotBeSaid(t *testing.T) {
	t.Parallel()
	for name, differs := range map[string]member{
		"no use": {"use": nil}, "no algorithm": {"alg": nil}, "operations": {"key_ops": []string{"verify"}}, "more": {"x5u": "https://evil.example.com/"},
	} {
		got, err := jwkset.Parse(set(t, jwk("good", big(), differs)))
		if err != nil || !got.Find("good").RSA.Equal(&big().PublicKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParse_Refuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		document []byte
		says     string
	}{
		"nothing":           {nil, "not a JSON object"},
		"a page":            {[]byte("<html>"), "not valid JSON"},
		"a list":            {set(t)[8 : len(set(t))-1], "cannot be parsed"},
		"no list":           {[]byte(`{"keys":{}}`), `no list "keys"`},
		"a name twice":      {[]byte(`{"keys":[],"keys":[]}`), "twice"},
		"a key that is one": {[]byte(`{"keys":["a"]}`), "key 0"},
		"no key":            {[]byte(`{"keys":[]}`), "no key"},
		"no usable key":     {set(t, jwk("good", small(), nil)), "no key"},
		"one id twice":      {set(t, jwk("good", big(), nil), jwk("good", mustKey(2048), nil)), `two keys with the id "good"`},
		"a private key":     {set(t, jwk("good", big(), member{"d": "c2VjcmV0"})), `secret part of key "good"`},
		"a shared secret":   {set(t, jwk("good", big(), nil), member{"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}), `secret part of key "shared"`},
		"a huge document":   {[]byte(`{"keys":[],"x":"` + strings.Repeat("x", 1<<20) + `"}`), "larger"},
	} {
		_, err := jwkset.Parse(test.document)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %q", name, err, test.says)
		}
		if err != nil && strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
	}
}

// A hostile document makes no long message.
func TestParse_MessagesAreShort(t *testing.T) {
	t.Parallel()
	keys := make([]member, 1000)
	for i := range keys {
		keys[i] = jwk(fmt.Sprintf("%s-%04d", strings.Repeat("k", 200), i), big(), nil)
	}
	got, err := jwkset.Parse(set(t, keys...))
	if err != nil {
		t.Fatal(err)
	}
	if ids := got.IDs(); len(ids) > 400 || !strings.HasSuffix(ids, " and 995 more") {
		t.Errorf("%d bytes: %s", len(ids), ids)
	}
	long := strings.Repeat("k", 500_000)
	for name, document := range map[string][]byte{
		"a private key": set(t, member{"kty": "RSA", "kid": long, "d": "c2VjcmV0"}),
		"a name twice":  []byte(`{"` + long[:300_000] + `":1,"` + long[:300_000] + `":2,"keys":[]}`),
		"broken":        []byte(`{"keys":[` + long),
		"escapes":       []byte("{\"keys\":[],\"\x1b[31m" + long + "\":1,}"),
	} {
		if _, err := jwkset.Parse(document); err == nil || len(err.Error()) > 1000 {
			t.Errorf("%s: %d bytes", name, len(fmt.Sprint(err)))
		}
	}
}

// Order and spelling of the document are no change of the keys.
func TestParse_OneSpelling(t *testing.T) {
	t.Parallel()
	one, two := jwk("one", big(), nil), jwk("two", big(), nil)
	first, err1 := jwkset.Parse(set(t, one, two))
	spaced, err := json.MarshalIndent(member{"keys": []member{two, one}, "comment": "of another replica"}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	second, err2 := jwkset.Parse(spaced)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if diff := cmp.Diff(first.Document, second.Document); diff != "" || first.IDs() != second.IDs() {
		t.Errorf("one JWKS is read in two ways: %s", diff)
	}
	again, err := jwkset.Parse([]byte(first.Document))
	if err != nil || again.Document != first.Document {
		t.Errorf("the document is not read as it was written: %v", err)
	}
}

func TestKey_PEM(t *testing.T) {
	t.Parallel()
	got, err := jwkset.Parse(set(t, jwk("good", big(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := got.Find("good").PEM()
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(rest) > 0 {
		t.Fatalf("not one PEM block: %q", text)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil || !big().PublicKey.Equal(key) {
		t.Errorf("read back as %v, %v", key, err)
	}
}

// FuzzParse: for any published document, no key that is too weak or has a
// hostile id verifies, nothing secret is repeated, and the document is written
// in one form.
func FuzzParse(f *testing.F) {
	document, err := json.Marshal(member{"keys": []member{jwk("good", big(), nil)}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(document)
	f.Add([]byte(`{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		got, err := jwkset.Parse(document)
		if err != nil {
			if len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes: %.100s…", len(err.Error()), err)
			}
			return
		}
		for _, key := range got.Keys {
			if key.RSA.N.BitLen() < 2048 || key.RSA.E < 3 || !jwkset.IsKeyID(key.ID) || got.Find(key.ID).RSA != key.RSA {
				t.Errorf("took %+v", key)
			}
			if _, err := key.PEM(); err != nil {
				t.Errorf("key %s has no PEM form: %v", key.ID, err)
			}
		}
		again, err := jwkset.Parse([]byte(got.Document))
		if err != nil || again.Document != got.Document {
			t.Errorf("%s is read back as %v", got.Document, err)
		}
	})
}
