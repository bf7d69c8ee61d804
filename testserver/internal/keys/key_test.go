package keys_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// The example of RFC 7638 §3.1.
func TestThumbprint_RFC7638Example(t *testing.T) {
	t.Parallel()
	n, err := base64.RawURLEncoding.DecodeString("0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw")
	if err != nil {
		t.Fatal(err)
	}
	got := keys.Thumbprint(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537})
	if want := "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"; got != want {
		t.Errorf("thumbprint %s, want %s", got, want)
	}
}

func TestNewKey_RefusesShortKeys(t *testing.T) {
	t.Parallel()
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skipf("this Go makes no key of 1024 bits: %v", err)
	}
	if _, err := keys.NewKey(short); err == nil {
		t.Error("a key of 1024 bits is accepted")
	}
}

func TestParseMasterKey(t *testing.T) {
	t.Parallel()
	raw := random.Key(32)
	for name, text := range map[string]string{
		"base64":           base64.StdEncoding.EncodeToString(raw),
		"base64url":        base64.URLEncoding.EncodeToString(raw),
		"without padding":  base64.RawStdEncoding.EncodeToString(raw),
		"hexadecimal":      hex.EncodeToString(raw),
		"with a line feed": base64.StdEncoding.EncodeToString(raw) + "\n",
	} {
		if _, err := keys.ParseMasterKey(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "secret", base64.StdEncoding.EncodeToString(raw[:16]), strings.Repeat("!", 44)} {
		_, err := keys.ParseMasterKey(text)
		if err == nil {
			t.Errorf("%q is accepted", text)
		} else if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error quotes the key: %v", err)
		}
	}
}

func masterKey(t *testing.T) *keys.MasterKey {
	t.Helper()
	m, err := keys.NewMasterKey(random.Key(32))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestManager_MasterKeyEncryptsWhatIsStored(t *testing.T) {
	t.Parallel()
	s, master := newStore(t), masterKey(t)
	r := open(t, keys.Config{Store: s, Clock: frozen(), MasterKey: master})
	kid := sign(t, r, start.Add(time.Minute))
	published(t, r)
	secret, err := r.Secret(t.Context(), "x")
	if err != nil || len(secret) != 32 {
		t.Fatal(secret, err)
	}
	rows, err := s.Direct(t.Context()).SigningKeys()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if !row.Sealed {
			t.Errorf("key %s is stored as it is", row.KID)
		}
	}
	if stored, err := s.Direct(t.Context()).ServerSecret("x"); err != nil || !stored.Sealed {
		t.Errorf("the shared secret is stored as it is: %v", err)
	}

	again := open(t, keys.Config{Store: s, Clock: frozen(), MasterKey: master})
	if got := sign(t, again, start.Add(time.Minute)); got != kid {
		t.Errorf("signs with %s under the same master key, want %s", got, kid)
	}
	if same, err := again.Secret(t.Context(), "x"); err != nil || string(same) != string(secret) {
		t.Errorf("the shared secret is another one: %v", err)
	}
	for name, wrong := range map[string]*keys.MasterKey{"none": nil, "another": masterKey(t)} {
		_, err := keys.Open(t.Context(), keys.Config{Store: s, Clock: frozen(), MasterKey: wrong, Logger: quiet()})
		if !errors.Is(err, keys.ErrMasterKey) {
			t.Errorf("master key %s: %v, want ErrMasterKey", name, err)
		}
	}
}

func TestManager_TheFirstStartWithAMasterKeyEncryptsEverything(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]func(*testing.T) store.Options{
		"file":     func(t *testing.T) store.Options { return store.Options{DataDir: t.TempDir()} },
		"postgres": func(t *testing.T) store.Options { return store.Options{DatabaseURL: postgrestest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			encryptsEverything(t, options(t))
		})
	}
}

func encryptsEverything(t *testing.T, options store.Options) {
	t.Helper()
	s := opened(t, options)
	before := open(t, keys.Config{Store: s, Clock: frozen()})
	kid := sign(t, before, start.Add(time.Minute))
	rotate(t, before)
	secrets := map[string][]byte{}
	for _, name := range []string{"x", "y"} {
		var err error
		if secrets[name], err = before.Secret(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	plain := secretsOf(t, s, false)
	before.Close()

	after := open(t, keys.Config{Store: s, Clock: frozen(), MasterKey: masterKey(t)})
	secretsOf(t, s, true) // before anything asks for a secret
	filesHaveNone(t, options.DataDir, plain)
	if got := sign(t, after, start.Add(time.Minute)); got != kid {
		t.Errorf("signs with %s, want %s", got, kid)
	}
	for name, secret := range secrets {
		if same, err := after.Secret(t.Context(), name); err != nil || !bytes.Equal(same, secret) {
			t.Errorf("the shared secret %s is another one: %v", name, err)
		}
	}
}

func opened(t *testing.T, options store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// secretsOf returns all private keys and shared secrets as they are stored, of
// which each must be encrypted, or none.
func secretsOf(t *testing.T, s *store.Store, sealed bool) [][]byte {
	t.Helper()
	var all [][]byte
	keys, err := s.Direct(t.Context()).SigningKeys()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if key.PrivateKey == nil {
			continue
		}
		if key.Sealed != sealed {
			t.Errorf("signing key %s: encrypted is %t", key.KID, key.Sealed)
		}
		all = append(all, key.PrivateKey)
	}
	secrets, err := s.Direct(t.Context()).ServerSecrets()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		if secret.Sealed != sealed {
			t.Errorf("server secret %s: encrypted is %t", secret.Name, secret.Sealed)
		}
		all = append(all, secret.Value)
	}
	if len(all) < 4 {
		t.Fatalf("the store has only %d secrets", len(all))
	}
	return all
}

// filesHaveNone searches the store's files, in which a database may leave what
// was overwritten.
func filesHaveNone(t *testing.T, dir string, secrets [][]byte) {
	t.Helper()
	if dir == "" {
		return
	}
	files, err := filepath.Glob(filepath.Join(dir, "atm.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, secret := range secrets {
			if bytes.Contains(content, secret) {
				t.Errorf("%s still contains secret %d unencrypted", filepath.Base(file), i)
			}
		}
	}
}

func TestManager_AWrongMasterKeyEncryptsNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	open(t, keys.Config{Store: s, Clock: frozen(), MasterKey: masterKey(t)}).Close()
	if _, err := s.Direct(t.Context()).AddServerSecret(store.ServerSecret{Name: "x", Value: []byte("plain"), CreatedAt: start}); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Open(t.Context(), keys.Config{Store: s, Clock: frozen(), MasterKey: masterKey(t), Logger: quiet()}); !errors.Is(err, keys.ErrMasterKey) {
		t.Errorf("got %v, want ErrMasterKey", err)
	}
	if secret, err := s.Direct(t.Context()).ServerSecret("x"); err != nil || secret.Sealed {
		t.Errorf("a secret was encrypted under the wrong master key: %v", err)
	}
}

func TestManager_InitialKeyIsTheFirst(t *testing.T) {
	t.Parallel()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, keys.Config{Store: newStore(t), Clock: frozen(), Initial: private})
	if kid := sign(t, r, start.Add(time.Minute)); kid != keys.Thumbprint(&private.PublicKey) {
		t.Errorf("signs with %s", kid)
	}
}

func TestManager_ReloadOfAnEmptiedStoreStartsAnew(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	r := open(t, keys.Config{Store: s, Clock: frozen(), Immediate: true})
	before := sign(t, r, start.Add(time.Minute))
	rotate(t, r)
	secret, err := r.Secret(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kid := sign(t, r, start.Add(time.Minute)); kid != before {
		t.Errorf("signs with %s after the reset, with %s before the rotation", kid, before)
	}
	if other, err := r.Secret(t.Context(), "x"); err != nil || string(other) == string(secret) {
		t.Errorf("the shared secret outlived the reset: %v", err)
	}
}
