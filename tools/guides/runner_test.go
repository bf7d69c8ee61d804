//go:build unix

package guides

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// A guide that does not do what it shows is an error that names the line.
func TestRunner_NoticesAWrongGuide(t *testing.T) {
	t.Parallel()
	const fence = "```"
	tests := map[string]struct {
		guide string
		want  string // in the error; empty: there is none
	}{
		"right":                      {"'''shell\necho one; echo two\n'''\n\n'''text\none\ntwo\n'''", ""},
		"line breaks do not count":   {"'''shell\necho one; echo two\n'''\n\n'''text\none two\n'''", ""},
		"omitted lines":              {"'''shell\necho one; echo two; echo three\n'''\n\n'''text\n...\nthree\n'''", ""},
		"placeholder":                {"'''shell\necho id=4711 ok\n'''\n\n'''text\nid=… ok\n'''", ""},
		"placeholder is one word":    {"'''shell\necho id=4711 not ok\n'''\n\n'''text\nid=… ok\n'''", "guide.md:5: the guide shows"},
		"other output":               {"'''shell\necho one\n'''\n\n'''text\ntwo\n'''", "guide.md:5: the guide shows"},
		"more output":                {"'''shell\necho one; echo two\n'''\n\n'''text\none\n'''", "the guide shows"},
		"failure":                    {"'''shell\nfalse\necho late\n'''", "guide.md:1: it failed"},
		"failure that is stated":     {"<!-- fails -->\n'''shell\necho no >&2; false\n'''\n\n'''text\nno\n'''", ""},
		"success instead of failure": {"<!-- fails -->\n'''shell\ntrue\n'''", "guide.md:2: it succeeded"},
		"file":                       {"Write `a/b.txt`:\n\n'''ini\none\n'''\n\nAdd to `a/b.txt`:\n\n'''ini\ntwo\n'''\n\n'''shell\ncat a/b.txt\n'''\n\n'''text\none two\n'''", ""},
		"block without a file":       {"Some words:\n\n'''ini\none\n'''", "guide.md:3: name the file"},
		"output of nothing":          {"'''text\none\n'''", "no command"},
		"variables stay":             {"'''shell\nexport A=1\n'''\n\n'''shell\necho $A\n'''\n\n'''text\n1\n'''", ""},
		"a shell in the shell":       {"'''shell\nA=1 bash\n'''\n\n'''shell\necho $A; exit\n'''\n\n'''text\n1\n'''\n\n'''shell\necho -$A-\n'''\n\n'''text\n--\n'''", ""},
		"failure in that shell":      {"'''shell\nbash\n'''\n\n'''shell\nfalse\n'''\n\n'''shell\nexit\n'''", "guide.md:5: it failed"},
		"not run, and why":           {"<!-- not run: it would fail -->\n'''shell\nfalse\n'''", ""},
		"not run without a reason":   {"<!-- not run: -->\n'''shell\nfalse\n'''", "has no reason"},
		"older than needed":          {"<!-- needs: Terraform 9.0 -->\n\n'''shell\nfalse\n'''", ""},
		"needed by another section":  {"# A\n\n## B\n\n<!-- needs: Terraform 9.0 -->\n\n### C\n\n'''shell\nfalse\n'''\n\n## D\n\n'''shell\nfalse\n'''", "guide.md:15: it failed"},
		"other product":              {"<!-- needs: OpenTofu 1.8 -->\n\n'''shell\nfalse\n'''", ""},
		"no such program":            {"<!-- needs: no-such-program -->\n\n'''shell\nfalse\n'''", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "guide.md")
			if err := os.WriteFile(path, []byte(strings.ReplaceAll(test.guide, "'''", fence)), 0o600); err != nil {
				t.Fatal(err)
			}
			guide, err := readGuide(path)
			if err == nil {
				err = follow(t.Context(), guide, &sandbox.Terraform{Product: "Terraform", Version: "1.11.4"}, os.Environ(), func(_, _ string) {})
			}
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}
