package applicationusers_test

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// A list of a thousand is a handful of requests: to create it, for a plan that
// finds nothing to do, and to change one of it.
func TestApplicationUsers_AThousandUsersAreAFewRequests(t *testing.T) {
	const most = 5
	w := start(t, 1000)
	all := make([]int, 1000)
	for i := range all {
		all[i] = i
	}
	p := w.h.Protocol(nil)
	o := p.New(kind)
	count := func(what string) {
		t.Helper()
		n := w.server.CountRequests("", "/api/v1/**")
		t.Logf("%s: %d requests", what, n)
		if n == 0 || n > most {
			t.Errorf("%s: %d requests, want some and at most %d", what, n, most)
		}
		w.server.ForgetRequests()
	}
	acctest.NoErrors(t, p.Apply(o, w.config(all...)))
	count("create")

	acctest.NoErrors(t, p.Refresh(o))
	plan, diags := p.Plan(o, w.config(all...))
	acctest.NoErrors(t, diags)
	if plan.Changes(o) {
		t.Error("the plan after the apply is not empty")
	}
	count("plan without changes")

	all[0] = -1
	acctest.NoErrors(t, p.Apply(o, w.config(all...)))
	count("update of one")
	acctest.NoErrors(t, p.Apply(o, nil))
	count("destroy")
	w.wantHolds("")
}
