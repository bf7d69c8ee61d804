package framework_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

func TestList_WrongFilters(t *testing.T) {
	_, h := startShop(t)
	p := h.Protocol(nil)
	for _, tc := range []struct {
		kind      string
		attribute string
		value     any
		want      string
	}{
		{"atm_suite", "name", "", "empty"},
		{"atm_suite", "name", "a/b", "slash"},
		{"atm_project", "suite_id", "the shop", "not its name"},
		{"atm_project", "suite_id", "", "the id of a suite"},
		{"atm_project", "name", strings.Repeat("x", 101), "100"},
		{"atm_application", "project_id", "shop/checkout", "the id of a project"},
		{"atm_application", "authenticator_type", "password", "client_credentials"},
		{"atm_application", "name", "a\nb", "control"},
		{"atm_user", "email", "ada", "must be an email address"},
		{"atm_user", "suite_id", "the shop", "the id of a suite"},
		{"atm_user", "project_id", "the shop", "the id of a project"},
		{"atm_application_user", "user_ids", []string{"ada-id", "ada@example.com"}, "the id of a user"},
		{"atm_application_user", "application_ids", []string{"shop/checkout/web"}, "the id of an application"},
		{"atm_application_user", "project_id", "the shop", "the id of a project"},
	} {
		t.Run(fmt.Sprint(tc.kind, " ", tc.attribute, " ", tc.want), func(t *testing.T) {
			t.Parallel()
			diags := p.ValidateList(tc.kind, map[string]any{tc.attribute: tc.value})
			acctest.WantError(t, diags, tc.attribute, tc.want)
		})
	}
}

// A filter that comes from something unknown passes the validation, and is an
// error on its own attribute when ATM would be asked.
func TestList_UnknownFilters(t *testing.T) {
	server, h := startShop(t)
	p := h.Protocol(nil)
	for kind, filters := range map[string][]string{
		"atm_suite": {"name"}, "atm_project": {"name", "suite_id"},
		"atm_application":      {"name", "suite_id", "project_id", "authenticator_type"},
		"atm_user":             {"email", "suite_id", "project_id"},
		"atm_application_user": {"application_ids", "user_ids", "suite_id", "project_id"},
	} {
		for _, filter := range filters {
			config := map[string]any{filter: acctest.Unknown}
			acctest.NoErrors(t, p.ValidateList(kind, config))
			results, diags := p.ListUnchecked(kind, acctest.Query{Config: config})
			acctest.WantError(t, diags, filter, "not known")
			if len(results) != 0 {
				t.Errorf("%s: %d results", kind, len(results))
			}
		}
	}
	if n := server.CountRequests("", "/api/**"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestList_NeedsAProviderThatIsComplete(t *testing.T) {
	_, h := startShop(t)
	for name, tc := range map[string]struct {
		settings map[string]any
		want     string
	}{
		"unknown endpoint": {map[string]any{"endpoint": acctest.Unknown}, "endpoint"},
		"refused sign-in":  {map[string]any{"client_id": "NmN78x6DMfde1XRx9hQg", "client_secret": strings.Repeat("x", 32), "login_id": "ada@example.com"}, "sign in"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := h.Protocol(tc.settings)
			for _, kind := range p.ListResources() {
				_, diags := p.List(kind, acctest.Query{})
				acctest.WantError(t, diags, "", tc.want)
			}
		})
	}
}
