package random_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
)

func TestShapes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		make  func() string
		shape string
	}{
		"id":            {random.ID, `^[A-Za-z0-9_-]{21}$`},
		"client id":     {random.ClientID, `^[A-Za-z0-9]{20}$`},
		"client secret": {random.ClientSecret, `^[A-Za-z0-9]{32}$`},
		"code":          {random.Code, `^[A-Za-z0-9]{50}$`},
		"etag":          {random.ETag, `^"[A-Za-z0-9_-]{18}"$`},
		"token":         {func() string { return random.Token(32) }, `^[A-Za-z0-9_-]{43}$`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shape := regexp.MustCompile(tt.shape)
			seen := map[string]bool{}
			for range 1000 {
				v := tt.make()
				if !shape.MatchString(v) {
					t.Fatalf("%q is not of the shape %s", v, tt.shape)
				}
				if seen[v] {
					t.Fatalf("%q was drawn twice", v)
				}
				seen[v] = true
			}
		})
	}
}

func TestEveryLetterIsEquallyLikely(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	const draws = 5000
	for range draws {
		all.WriteString(random.ClientSecret())
	}
	counts := map[rune]int{}
	for _, r := range all.String() {
		counts[r]++
	}
	if len(counts) != 62 {
		t.Fatalf("%d different letters were drawn, want 62", len(counts))
	}
	// The expectation is 2,580 with a standard deviation of about 50: a letter
	// drawn from 256 values modulo 62 would be off by a quarter.
	want := draws * random.ClientSecretLength / 62
	for r, n := range counts {
		if n < want*85/100 || n > want*115/100 {
			t.Errorf("%q was drawn %d times, want about %d", r, n, want)
		}
	}
}

func TestKeyHasTheLengthAskedFor(t *testing.T) {
	t.Parallel()
	a, b := random.Key(32), random.Key(32)
	if len(a) != 32 || len(b) != 32 {
		t.Fatalf("lengths %d and %d, want 32", len(a), len(b))
	}
	if string(a) == string(b) {
		t.Fatal("two keys are equal")
	}
}
