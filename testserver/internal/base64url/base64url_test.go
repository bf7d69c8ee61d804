package base64url_test

import (
	"bytes"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/base64url"
)

func TestDecode_AcceptsOneSpellingOfEachValue(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"AQ\n", "\rAQ", "A\r\nQ", "AR", "AQ==", "A+", "A/", "A", "AQ "} {
		if raw, err := base64url.Decode(text); err == nil {
			t.Errorf("%q is accepted as %v", text, raw)
		}
	}
	for _, raw := range [][]byte{{}, {1}, {1, 2}, {0xfb, 0xff, 0xfe}} {
		if got, err := base64url.Decode(base64url.Encode(raw)); err != nil || !bytes.Equal(got, raw) {
			t.Errorf("%v becomes %v, %v", raw, got, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("AQ")
	f.Add("A\rQ")
	f.Fuzz(func(t *testing.T, text string) {
		if raw, err := base64url.Decode(text); err == nil && base64url.Encode(raw) != text {
			t.Errorf("%q is accepted, but is not the text of %v", text, raw)
		}
	})
}
