package framework_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// An import id comes from a user, or in a 409 from a server: it either has a
// valid form, and then nothing of it is lost, or it is refused. The import
// block that an error prints for it is one block that imports this very id.
func FuzzImportID(f *testing.F) {
	for _, seed := range []string{"", "/", "a/b", "a/b/c", "a//c", "shop/checkout/worker", "T_1kwjq0gTKGW6-g4O8OF/D7aaqWe34vWj_Bd-uuP8N", "a/\xff", "\x00/b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		for n := 2; n <= 3; n++ {
			names, err := framework.Path(id, n)
			if err != nil {
				if !errors.Is(err, framework.ErrImportForm) {
					t.Errorf("Path(%q): %v", id, err)
				}
				continue
			}
			if len(names) != n || strings.Join(names, "/") != id {
				t.Errorf("Path(%q, %d) = %q", id, n, names)
			}
		}
		first, second, err := framework.Pair(id)
		if err == nil && (first+"/"+second != id || !framework.LooksLikeID(first) || !framework.LooksLikeID(second)) {
			t.Errorf("Pair(%q) = %q, %q", id, first, second)
		}
		if block, ok := framework.ImportBlock("atm_suite", id); ok {
			wantImport(t, block, id)
		}
	})
}

// wantImport fails unless the text is exactly one import block, without
// expressions, that imports the id.
func wantImport(t *testing.T, block, id string) {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(block), "import.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%q: %v", block, diags)
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok || len(body.Attributes) != 0 || len(body.Blocks) != 1 || body.Blocks[0].Type != "import" || len(body.Blocks[0].Body.Attributes) != 2 {
		t.Fatalf("%q is not one import block", block)
	}
	value, diags := body.Blocks[0].Body.Attributes["id"].Expr.Value(nil)
	if diags.HasErrors() || value.AsString() != id {
		t.Errorf("%q imports %#v (%v), want %q", block, value, diags, id)
	}
}

func TestImport_ByAnIdentityThatIsEmpty(t *testing.T) {
	_, h := acctest.Start(t)
	p := h.Protocol(nil)
	_, diags := p.Import("atm_suite", "", map[string]string{"id": ""})
	acctest.WantError(t, diags, "", "atm_suite", "identity", "id")
	_, diags = p.Import("atm_application_user", "", map[string]string{"application_id": "T_1kwjq0gTKGW6-g4O8OF", "user_id": ""})
	acctest.WantError(t, diags, "", "atm_application_user", "user_id")
}
