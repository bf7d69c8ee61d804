package password_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
)

func TestHasher_VerifiesWhatItHashed(t *testing.T) {
	t.Parallel()
	h := password.New(password.Fast())
	hash, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(hash, "correct") || !strings.HasPrefix(hash, "$argon2id$v=19$") {
		t.Fatalf("not a PHC string: %s", hash)
	}
	for pw, want := range map[string]bool{"correct horse": true, "correct hors": false, "": false} {
		if got, err := h.Verify(t.Context(), hash, pw); err != nil || got != want {
			t.Errorf("%q: got %v, %v; want %v", pw, got, err, want)
		}
	}
}

func TestHasher_FormsOfOnePasswordAreOne(t *testing.T) {
	t.Parallel()
	h := password.New(password.Fast())
	const nfc, nfd = "pässwörd", "pa\u0308sswo\u0308rd"
	for _, stored := range []string{nfc, nfd} {
		hash, err := h.Hash(t.Context(), stored)
		if err != nil {
			t.Fatal(err)
		}
		for _, sent := range []string{nfc, nfd} {
			if ok, err := h.Verify(t.Context(), hash, sent); !ok || err != nil {
				t.Errorf("%q is not %q (%v)", sent, stored, err)
			}
		}
		if ok, _ := h.Verify(t.Context(), hash, "password"); ok {
			t.Error("letters without their marks match")
		}
	}
}

func TestHasher_SaltsEachHash(t *testing.T) {
	t.Parallel()
	h := password.New(password.Fast())
	a, _ := h.Hash(t.Context(), "same")
	b, _ := h.Hash(t.Context(), "same")
	if a == b {
		t.Error("two hashes of one password are equal")
	}
}

func TestHasher_OlderParametersStayValid(t *testing.T) {
	t.Parallel()
	old, err := password.New(password.Params{Memory: 128, Time: 3, Threads: 2}).Hash(t.Context(), "pw")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := password.New(password.Fast()).Verify(t.Context(), old, "pw"); !ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
}

// A hash that the first release of this server stored, before it used a library.
func TestHasher_StoredHashesStayReadable(t *testing.T) {
	t.Parallel()
	const stored = "$argon2id$v=19$m=1024,t=2,p=1$ckB/1MmZxUf3cwC6FxR6ww$/9E7beBMrGFbJu/7bzTJf+/sxtA/AgOV8OuysR3fgg8"
	for pw, want := range map[string]bool{"correct horse": true, "correct hors": false} {
		if ok, err := password.New(password.Fast()).Verify(t.Context(), stored, pw); ok != want || err != nil {
			t.Errorf("%q: got %v, %v", pw, ok, err)
		}
	}
}

func TestHasher_UserWithoutPasswordNeverMatches(t *testing.T) {
	t.Parallel()
	if ok, err := password.New(password.Fast()).Verify(t.Context(), "", ""); ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
}

func TestHasher_MalformedHash(t *testing.T) {
	t.Parallel()
	h := password.New(password.Fast())
	for _, hash := range []string{
		"x", "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5a2V5", "$argon2id$v=18$m=64,t=1,p=1$c2FsdA$a2V5a2V5a2V5a2V5a2V5a2V5",
		"$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdA$a2V5a2V5a2V5a2V5a2V5a2V5", "$argon2id$v=19$m=64,t=0,p=1$c2FsdA$a2V5a2V5a2V5a2V5a2V5a2V5",
		"$argon2id$v=19$m=64,t=1,p=1$$a2V5a2V5a2V5a2V5a2V5a2V5", "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$",
	} {
		if ok, err := h.Verify(t.Context(), hash, "pw"); ok || !errors.Is(err, password.ErrMalformed) {
			t.Errorf("%s: got %v, %v", hash, ok, err)
		}
	}
}

func TestHasher_StopsWaitingWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := password.New(password.Fast()).Hash(ctx, "pw"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkStandard(b *testing.B) {
	h := password.New(password.Standard())
	for b.Loop() {
		if _, err := h.Hash(b.Context(), "correct horse"); err != nil {
			b.Fatal(err)
		}
	}
}
