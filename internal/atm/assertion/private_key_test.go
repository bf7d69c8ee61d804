package assertion_test

import (
	"crypto"

	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

var p256 = elliptic.P256()

// A client signs the claims that RFC 7523 and its revision ask for.
func TestPrivateKey_Signs(t *testing.T) {
	t.Parallel()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecPEM, ec := privateKey(t, p256)
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		pem, alg string
		public   crypto.PublicKey
	}{
		"P-256":        {ecPEM, "ES256", ec.Public()},
		"SEC 1":        {string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1})), "ES256", ec.Public()},
		"RSA":          {encode(t, "PRIVATE KEY", rsaKey), "RS256", rsaKey.Public()},
		"RSA, PKCS #1": {string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)})), "RS256", rsaKey.Public()},
		"Ed25519":      {encode(t, "PRIVATE KEY", ed), "EdDSA", ed.Public()},
	} {
		seen := map[any]bool{}
		for _, key := range []assertion.Key{{PEM: test.pem, ID: "key-1", ClientID: "client"}, {File: write(t, test.pem), ClientID: "client"}} {
			text, err := settings(nil).PrivateKey("client_private_key_pem", key).Assertion(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			claims := jwt.MapClaims{}
			signed, err := jwt.NewParser(jwt.WithValidMethods([]string{test.alg}), jwt.WithoutClaimsValidation()).
				ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return test.public, nil })
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			kid, hasKid := signed.Header["kid"]
			if signed.Header["typ"] != "client-authentication+jwt" || hasKid != (key.ID != "") || hasKid && kid != key.ID {
				t.Errorf("%s: header %v", name, signed.Header)
			}
			iat, exp := claims["iat"].(float64), claims["exp"].(float64)
			if claims["iss"] != "client" || claims["sub"] != "client" || claims["aud"] != audience || int64(iat) != now.Unix() || exp-iat > 300 || exp-iat < 60 {
				t.Errorf("%s: claims %v", name, claims)
			}
			if seen[claims["jti"]] || claims["jti"] == "" {
				t.Errorf("%s: jti %v is not new", name, claims["jti"])
			}
			seen[claims["jti"]] = true
		}
	}
}

func TestCheckKey(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p384, _ := privateKey(t, elliptic.P384())
	_, key := privateKey(t, p256)
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ pem, want string }{
		"no PEM":        {"secret-of-another-kind", "no private key in PEM"},
		"a path":        {"/etc/keys/atm.pem", "no private key in PEM"},
		"public":        {string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})), `"PUBLIC KEY"`},
		"a request":     {string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public})), `"CERTIFICATE"`},
		"encrypted":     {string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: public})), "encrypted"},
		"encrypted RSA": {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", "encrypted"},
		"cut":           {string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: public[:20]})), "cannot be read"},
		"1,024 bits":    {encode(t, "PRIVATE KEY", small), "1024 bits"},
		"P-384":         {p384, "P-384"},
	} {
		if err := assertion.CheckKey(test.pem); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want it to contain %q", name, err, test.want)
		} else if strings.Contains(err.Error(), "secret-of-another-kind") {
			t.Errorf("%s: the error contains the text", name)
		}
	}
}

// The key file is read each time, so that a rotation needs no restart.
func TestPrivateKey_FileThatIsMissing(t *testing.T) {
	t.Parallel()
	source := settings(nil).PrivateKey("client_private_key_file", assertion.Key{File: write(t, "") + "-none", ClientID: "c"})
	if err := source.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("%v", err)
	}
}
