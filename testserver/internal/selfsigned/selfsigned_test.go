package selfsigned_test

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/selfsigned"
)

func TestAuthority_IssuesWhatItsPoolTrusts(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a, err := selfsigned.New(now)
	if err != nil {
		t.Fatal(err)
	}
	issued, err := a.Issue(now, "localhost", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(issued.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	other, err := selfsigned.New(now)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		pool    *x509.CertPool
		host    string
		trusted bool
	}{
		"name":            {a.Pool(), "localhost", true},
		"address":         {a.Pool(), "127.0.0.1", true},
		"another name":    {a.Pool(), "example.com", false},
		"another's trust": {other.Pool(), "localhost", false},
	} {
		_, err := leaf.Verify(x509.VerifyOptions{Roots: tt.pool, DNSName: tt.host, CurrentTime: now})
		if trusted := err == nil; trusted != tt.trusted {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoad_KeepsTheAuthorityUntilItIsAboutToExpire(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certificate, key := filepath.Join(dir, "tls", "ca.pem"), filepath.Join(dir, "tls", "ca.key")
	load := func(now time.Time) []byte {
		t.Helper()
		a, err := selfsigned.Load(certificate, key, now)
		if err != nil {
			t.Fatal(err)
		}
		return a.PEM()
	}
	first := load(time.Now())
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	if again := load(time.Now()); !bytes.Equal(again, first) {
		t.Error("a restart made another authority")
	}
	if info, err := os.Stat(key); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("after a restart, others can still read the key's file: %v, %v", info.Mode(), err)
	}
	if later := load(time.Now().Add(390 * 24 * time.Hour)); bytes.Equal(later, first) {
		t.Error("an authority that is about to expire is kept")
	}
	info, err := os.Stat(key)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file has mode %s", info.Mode())
	}
}

func TestLoad_AKeyOfAnotherCertificateIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, n := range []string{"1", "2"} {
		if _, err := selfsigned.Load(path("ca"+n), path("key"+n), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := selfsigned.Load(path("ca1"), path("key2"), time.Now()); err == nil {
		t.Error("a pair that does not belong together is accepted")
	}
	if err := os.WriteFile(path("ca1"), []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := selfsigned.Load(path("ca1"), path("key1"), time.Now()); err == nil {
		t.Error("a file that holds no certificate is accepted")
	}
}
