package suite_test

import (
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

func TestSuite_BadInput(t *testing.T) {
	_, h := acctest.Start(t)
	p := h.Protocol(nil)
	suite := p.New("atm_suite")
	acctest.NoErrors(t, p.Apply(suite, map[string]any{"name": "payments"}))

	acctest.WantError(t, p.Apply(p.New("atm_suite"), map[string]any{"name": "payments"}),
		"name", "taken", "import {", "to = atm_suite.example", suite.Get("id").(string))
	for _, name := range []string{"", strings.Repeat("n", 101), "a/b", "a\nb"} {
		acctest.WantError(t, p.Validate("atm_suite", map[string]any{"name": name}), "name")
	}
	acctest.WantError(t, p.Validate("atm_suite", map[string]any{"name": "a", "timeouts": map[string]any{"create": "soon"}}), "timeouts.create")

	_, diags := p.Import("atm_suite", "no such suite", nil)
	acctest.WantError(t, diags, "", "id or its name")
	_, diags = p.Import("atm_suite", "", map[string]string{"id": "NoSuchId"})
	acctest.WantError(t, diags, "", "No atm_suite to import", "id or its name")
}

func TestSuite_NotEmptyIsNotDeleted(t *testing.T) {
	_, h := acctest.Start(t)
	p := h.Protocol(nil)
	suite := p.New("atm_suite")
	acctest.NoErrors(t, p.Apply(suite, map[string]any{"name": "payments"}))
	_, err := h.API.CreateProject(t.Context(), atm.NewIdempotencyKey(), atm.ProjectCreate{Name: "p", SuiteId: suite.Get("id").(string)})
	if err != nil {
		t.Fatal(err)
	}
	acctest.WantError(t, p.Apply(suite, nil), "", "refused")
	if suite.Gone() {
		t.Error("the suite left the state though ATM kept it")
	}
}
