package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
)

// TestReasons_AllAreExplained reads the reasons from where they are declared,
// so that a new one is not forgotten here.
func TestReasons_AllAreExplained(t *testing.T) {
	t.Parallel()
	if found := declared(t, "../oauth/events.go", "Reason"); found < len(reasons) || found == 0 {
		t.Errorf("%d reasons are declared, %d explained", found, len(reasons))
	}
	if found := declared(t, "../federation/faults.go", "Fault"); found < len(assertionFaults) || found == 0 {
		t.Errorf("%d faults are declared, %d explained", found, len(assertionFaults))
	}
}

// declared counts the constants of a file whose names begin with prefix, all of
// which must be explained.
func declared(t *testing.T, path, prefix string) (found int) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, prefix) {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		found++
		if text := explain(oauth.Reason(value)); text == value || !strings.HasSuffix(text, ".") {
			t.Errorf("%s is explained as %q", spec.Names[0].Name, text)
		}
		return true
	})
	return found
}

func TestSpan_SaysTheTwoLargestUnits(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int64]string{
		0: "0 s", 1: "1 s", 60: "1 min", 61: "1 min 1 s", 600: "10 min", 3600: "1 h", 3661: "1 h 1 min",
		86_400: "1 d", 90_000: "1 d 1 h", 86_401: "1 d", 31_536_000: "365 d",
	} {
		if got := span(seconds); got != want {
			t.Errorf("%d: %q, want %q", seconds, got, want)
		}
	}
}
