package federation

import (
	"encoding/base64"
	"testing"
)

// FuzzParse looks for assertions that panic the reader, or that it accepts
// without what all others rely on.
func FuzzParse(f *testing.F) {
	segment := base64.RawURLEncoding.EncodeToString
	for _, payload := range []string{
		`{"iss":"https://ci.example","sub":"s","aud":["a"],"exp":1,"iat":1.5,"nbf":-1e9,"jti":"j"}`, `{"exp":1e999}`, `[]`, `null`, `{"aud":[["a"]]}`,
	} {
		f.Add(segment([]byte(`{"alg":"ES256","kid":"k"}`)) + "." + segment([]byte(payload)) + ".AAAA")
	}
	f.Fuzz(func(t *testing.T, assertion string) {
		token, refusal := parse(assertion)
		switch {
		case (token == nil) == (refusal == nil):
			t.Error("neither a token nor a refusal, or both")
		case token != nil && (token.issuer == "" || token.subject == "" || token.algorithm == "" || len(assertion) > maxAssertion):
			t.Errorf("accepted %q", assertion)
		}
	})
}
