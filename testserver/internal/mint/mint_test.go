package mint_test

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/mint"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newMinter returns a minter, its manager, and a token that is right at now.
func newMinter(t *testing.T) (*mint.Minter, *keys.Manager, string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	manager, err := keys.Open(t.Context(), keys.Config{Store: s, Pool: &keys.Process, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(manager.Close)
	place, err := manager.Admit()
	if err != nil {
		t.Fatal(err)
	}
	defer place.Leave()
	// The number is one that a float64 would round.
	right, err := place.Sign(t.Context(), now.Add(time.Hour), func([]string) []byte {
		return []byte(`{"iss":"atm","sub":"someone","iat":1772366400,"exp":1772370000,"number":9007199254740993}`)
	})
	if err != nil {
		t.Fatal(err)
	}
	return mint.New(manager), manager, right[0]
}

// read takes a token apart, and checks its signature with the key unless that is nil.
func read(t *testing.T, token string, key any) (header map[string]any, claims jwt.MapClaims) {
	t.Helper()
	claims = jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithJSONNumber(), jwt.WithoutClaimsValidation())
	parsed, _, err := parser.ParseUnverified(token, claims)
	if err == nil && key != nil {
		_, err = parser.Parse(token, func(*jwt.Token) (any, error) { return key, nil })
	}
	if err != nil {
		t.Fatalf("the minted token: %v", err)
	}
	return parsed.Header, claims
}

func in(seconds int64) *int64 { return &seconds }

func TestMint_ChangesTheClaimsThatItIsTold(t *testing.T) {
	t.Parallel()
	minter, manager, right := newMinter(t)
	const iat, exp = "1772366400", "1772370000"
	for name, tc := range map[string]struct {
		spec testcontrol.MintRequest
		want map[string]any // as printed; nil is absent
	}{
		"nothing": {testcontrol.MintRequest{}, map[string]any{"iss": "atm", "iat": iat, "exp": exp, "number": "9007199254740993"}},
		"claims": {testcontrol.MintRequest{Claims: map[string]any{"iss": "other", "sub": nil, "aud": "someone"}},
			map[string]any{"iss": "other", "sub": nil, "aud": "someone", "exp": exp}},
		"expires later": {testcontrol.MintRequest{ExpiresIn: in(10)}, map[string]any{"iat": iat, "exp": "1772366410"}},
		"has expired":   {testcontrol.MintRequest{ExpiresIn: in(-10)}, map[string]any{"iat": "1772366389", "exp": "1772366390"}},
		"expires now":   {testcontrol.MintRequest{ExpiresIn: in(0)}, map[string]any{"iat": "1772366399", "exp": "1772366400"}},
		"claims win": {testcontrol.MintRequest{ExpiresIn: in(-10), Claims: map[string]any{"exp": nil, "iat": "never"}},
			map[string]any{"iat": "never", "exp": nil}},
	} {
		token, err := minter.Mint(now, right, tc.spec)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		key, err := manager.PublicKey(t.Context(), manager.Current().ID)
		if err != nil {
			t.Fatal(err)
		}
		_, claims := read(t, token, key)
		for claim, want := range tc.want {
			if got, there := claims[claim]; there != (want != nil) || there && printed(got) != want {
				t.Errorf("%s: %s is %v, want %v", name, claim, got, want)
			}
		}
	}
}

func printed(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	if number, ok := value.(interface{ String() string }); ok {
		return number.String()
	}
	return ""
}

func TestMint_SignsAsItIsTold(t *testing.T) {
	t.Parallel()
	minter, manager, right := newMinter(t)
	current := manager.Current()
	public := func(key crypto.PublicKey) []byte {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	for algorithm, key := range map[string]any{
		"": current.Signer().Public(), "RS256": current.Signer().Public(), "RS384": current.Signer().Public(), "RS512": current.Signer().Public(),
		"PS256": current.Signer().Public(), "PS384": current.Signer().Public(), "PS512": current.Signer().Public(),
		"HS256": public(current.Signer().Public()), "HS384": public(current.Signer().Public()), "HS512": public(current.Signer().Public()),
		"none": jwt.UnsafeAllowNoneSignatureType,
	} {
		token, err := minter.Mint(now, right, testcontrol.MintRequest{Algorithm: algorithm})
		if err != nil {
			t.Errorf("%q: %v", algorithm, err)
			continue
		}
		header, _ := read(t, token, key)
		want := algorithm
		if want == "" {
			want = "RS256"
		}
		if header["alg"] != want || header["kid"] != current.ID {
			t.Errorf("%q: the header is %v", algorithm, header)
		}
	}
	none, other := "", "other"
	for kid, spec := range map[string]testcontrol.MintRequest{
		current.ID: {Key: "current"}, "other": {KeyID: &other},
	} {
		if token, err := minter.Mint(now, right, spec); err != nil {
			t.Error(err)
		} else if header, _ := read(t, token, current.Signer().Public()); header["kid"] != kid {
			t.Errorf("kid %v, want %s", header["kid"], kid)
		}
	}
	token, err := minter.Mint(now, right, testcontrol.MintRequest{KeyID: &none})
	if err != nil {
		t.Fatal(err)
	}
	if header, _ := read(t, token, current.Signer().Public()); header["kid"] != nil {
		t.Errorf("kid %v, want none", header["kid"])
	}
}

// A key that is in no JWKS is one key, with a name of its own.
func TestMint_WithAnUnpublishedKey(t *testing.T) {
	t.Parallel()
	minter, manager, right := newMinter(t)
	var kids []any
	for range 2 {
		token, err := minter.Mint(now, right, testcontrol.MintRequest{Key: "unknown"})
		if err != nil {
			t.Fatal(err)
		}
		header, _ := read(t, token, nil)
		kids = append(kids, header["kid"])
		if _, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return manager.Current().Signer().Public(), nil }); err == nil {
			t.Error("the current key verifies it")
		}
	}
	kid, _ := kids[0].(string)
	if kid == "" || kids[0] != kids[1] || kid == manager.Current().ID {
		t.Errorf("kids %v", kids)
	}
	if key, err := manager.PublicKey(t.Context(), kid); key != nil || err != nil {
		t.Errorf("the manager knows the key: %v, %v", key, err)
	}
}

func TestMint_NamesTheFieldThatCannotBeMet(t *testing.T) {
	t.Parallel()
	minter, _, right := newMinter(t)
	for name, tc := range map[string]struct {
		right   string
		spec    testcontrol.MintRequest
		pointer string // empty: an error that is not about the request
	}{
		"a key":                     {right, testcontrol.MintRequest{Key: "mine"}, "/key"},
		"an algorithm":              {right, testcontrol.MintRequest{Algorithm: "RS1"}, "/alg"},
		"one for other keys":        {right, testcontrol.MintRequest{Algorithm: "ES256"}, "/alg"},
		"one in small letters":      {right, testcontrol.MintRequest{Algorithm: "rs256"}, "/alg"},
		"a claim that is no JSON":   {right, testcontrol.MintRequest{Claims: map[string]any{"f": func() {}}}, ""},
		"a right token that is not": {"no token", testcontrol.MintRequest{}, ""},
	} {
		token, err := minter.Mint(now, tc.right, tc.spec)
		var wrong *problem.Error
		named := ""
		if errors.As(err, &wrong) && len(wrong.Fields) == 1 {
			named = wrong.Fields[0].Pointer
		}
		if err == nil || token != "" || named != tc.pointer {
			t.Errorf("%s: %v, names %q, want %q", name, err, named, tc.pointer)
		}
	}
}
