package framework_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

func TestList_SelectsByFilters(t *testing.T) {
	_, h := startShop(t)
	p := h.Protocol(nil)
	for _, tc := range []struct {
		kind string
		by   map[string]any
		want []string
	}{
		{"atm_suite", map[string]any{"name": "shop"}, []string{"shop"}},
		{"atm_suite", map[string]any{"name": "Shop"}, nil},
		{"atm_project", map[string]any{"suite_id": "shop-id"}, []string{"checkout", "returns"}},
		{"atm_project", map[string]any{"name": "returns"}, []string{"returns"}},
		{"atm_project", map[string]any{"name": "returns", "suite_id": "another-suite"}, nil},
		{"atm_application", map[string]any{"suite_id": "shop-id"}, []string{"worker", "web"}},
		{"atm_application", map[string]any{"project_id": "returns-id"}, []string{"web"}},
		{"atm_application", map[string]any{"name": "worker"}, []string{"worker"}},
		{"atm_application", map[string]any{"authenticator_type": "authorization_code"}, []string{"web"}},
		{"atm_application", map[string]any{"authenticator_type": "authorization_code", "project_id": "checkout-id"}, nil},
		{"atm_user", map[string]any{"suite_id": "shop-id"}, []string{"Ada@example.com", "bob@example.com"}},
		{"atm_user", map[string]any{"project_id": "returns-id"}, []string{"bob@example.com"}},
		{"atm_user", map[string]any{"email": "ADA@example.com"}, []string{"Ada@example.com"}},
		{"atm_application_user", map[string]any{"suite_id": "shop-id"}, []string{"Ada@example.com at worker"}},
		{"atm_application_user", map[string]any{"project_id": "returns-id"}, nil},
		{"atm_application_user", map[string]any{"application_ids": []string{"web-id", "worker-id"}}, []string{"Ada@example.com at worker"}},
		{"atm_application_user", map[string]any{"application_ids": []string{"web-id"}}, nil},
		{"atm_application_user", map[string]any{"user_ids": []string{"ada-id"}}, []string{"Ada@example.com at worker"}},
		{"atm_application_user", map[string]any{"user_ids": []string{"bob-id"}}, nil},
	} {
		t.Run(fmt.Sprint(tc.kind, tc.by), func(t *testing.T) {
			t.Parallel()
			results, diags := p.List(tc.kind, acctest.Query{Config: tc.by})
			acctest.NoErrors(t, diags)
			if got := acctest.Names(results); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestList_WithoutAFilterIsAll(t *testing.T) {
	_, h := startShop(t)
	p := h.Protocol(nil)
	for kind, want := range map[string][]string{
		"atm_suite": {"shop"}, "atm_project": {"checkout", "returns"}, "atm_application": {"worker", "web"},
		"atm_user": {"Ada@example.com", "bob@example.com"}, "atm_application_user": {"Ada@example.com at worker"},
	} {
		results, diags := p.List(kind, acctest.Query{})
		acctest.NoErrors(t, diags)
		got := acctest.Names(results)
		for _, name := range want {
			if !slices.Contains(got, name) {
				t.Errorf("%s: %q has no %s", kind, got, name)
			}
		}
		if len(got) == len(want) && kind != "atm_application_user" {
			t.Errorf("%s: %q lacks what the administrator is in", kind, got)
		}
	}
}

// What a query includes is what an import of its identity and the read after
// it give, and the configuration that Terraform writes from it plans nothing.
func TestList_IncludesWhatAnImportReads(t *testing.T) {
	_, h := startShop(t)
	if _, err := h.API.RotateSecret(t.Context(), "worker-id", "", atm.NewIdempotencyKey(), atm.SecretRotation{}); err != nil {
		t.Fatal(err)
	}
	p := h.Protocol(nil)
	for _, kind := range p.ListResources() {
		results, diags := p.List(kind, acctest.Query{IncludeResource: true})
		acctest.NoErrors(t, diags)
		if len(results) == 0 {
			t.Errorf("%s: no results", kind)
		}
		for _, result := range results {
			imported, diags := p.Import(kind, "", result.Identity)
			acctest.NoErrors(t, diags)
			if !result.Resource.Equal(imported.State) {
				t.Errorf("%s %s:\nlisted   %s\nimported %s", kind, result.DisplayName, result.Resource, imported.State)
			}
			plan, diags := p.Plan(imported, generated(t, p, kind, &result))
			acctest.NoErrors(t, diags)
			if plan.Changes(imported) {
				t.Errorf("%s %s: the generated configuration plans a change", kind, result.DisplayName)
			}
		}
	}
}

// generated is the configuration that Terraform writes from a result: what has
// a value and may be configured.
func generated(t *testing.T, p *acctest.Protocol, kind string, from *acctest.Listed) map[string]any {
	t.Helper()
	var attributes map[string]tftypes.Value
	if err := from.Resource.As(&attributes); err != nil {
		t.Fatal(err)
	}
	config := map[string]any{}
	for name, value := range attributes {
		if p.Configurable(kind, name) && !value.IsNull() {
			config[name] = from.Get(name)
		}
	}
	return config
}

func TestList_IncludesNoResourceUnasked(t *testing.T) {
	_, h := startShop(t)
	p := h.Protocol(nil)
	for _, kind := range p.ListResources() {
		results, diags := p.List(kind, acctest.Query{Limit: 1})
		acctest.NoErrors(t, diags)
		if len(results) != 1 || !results[0].Resource.IsNull() || len(results[0].Identity) == 0 {
			t.Errorf("%s: %+v", kind, results)
		}
	}
}

// A secret that Terraform made is not in what it lists.
func TestList_HasNoSecret(t *testing.T) {
	_, h := startShop(t)
	p := h.Protocol(nil)
	o := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(o, map[string]any{
		"suite_id": "shop-id", "project_id": "checkout-id", "name": "made", "authenticator_type": "client_credentials",
	}))
	secret, ok := o.Get("client_secret").(string)
	if !ok {
		t.Fatal("no secret was made")
	}
	results, diags := p.List("atm_application", acctest.Query{Config: map[string]any{"name": "made"}, IncludeResource: true})
	acctest.NoErrors(t, diags)
	if len(results) != 1 || results[0].Get("client_secret") != nil || results[0].Get("client_id") != o.Get("client_id") {
		t.Errorf("listed %d, client_secret null: %t", len(results), results[0].Get("client_secret") == nil)
	}
	if secret == "" {
		t.Error("the secret is empty")
	}
}
