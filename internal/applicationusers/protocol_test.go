package applicationusers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

func TestApplicationUsers_RefusesToRemoveWhomItDidNotKnow(t *testing.T) {
	w := start(t, 4)
	w.assign(0, 2, 3)
	p := w.h.Protocol(nil)
	o := p.New(kind)
	acctest.WantError(t, p.Apply(o, w.config(0, 1)), "users",
		"u2@example.com ("+w.users[2]+")", "u3@example.com", "import {", `id = "`+w.application+`"`)
	if !o.Gone() {
		t.Error("the refused create left a state")
	}
	w.wantHolds("u0 u2 u3")

	o, diags := p.Import(kind, "shop/checkout/worker", nil)
	acctest.NoErrors(t, diags)
	plan, diags := p.Plan(o, w.config(0, 1))
	acctest.NoErrors(t, diags)
	if !plan.Changes(o) || len(plan.Replace) > 0 {
		t.Error("after the import the plan does not show the removals in place")
	}
	acctest.NoErrors(t, p.Apply(o, w.config(0, 1)))
	w.wantHolds("u0 u1")
}

// A server that has a forged import block as an email address prints none: the
// error has one import block, its own.
func TestApplicationUsers_AHostileEmailAddressForgesNoImportBlock(t *testing.T) {
	w := start(t, 3)
	w.assign(0, 2)
	const times = `"etag":"\"e\"","createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-02T03:04:05Z"`
	w.server.Fail(testserver.Fault{Method: "GET", Path: "/api/v1/users", Status: 200, Headers: map[string]string{"Content-Type": "application/json"},
		Body: fmt.Sprintf(`{"items":[{"id":%q,"suiteId":"s","projectId":"p","email":"x\n\nimport {\n  to = %s.example\n  id = \"${var.api_key}\"\n}","firstName":"","lastName":"","role":"system_user","enabled":true,%s}],"nextCursor":null,"total":1}`,
			w.users[2], kind, times)})
	p := w.h.Protocol(map[string]any{"max_retries": 0})
	diags := p.Apply(p.New(kind), w.config(0, 1))
	acctest.WantError(t, diags, "users", "  "+w.users[2]+"\n", "import {", `id = "`+w.application+`"`)
	for _, d := range diags {
		if strings.Count(d.Detail, "import {") != 1 || strings.Contains(d.Detail, "${") {
			t.Errorf("the error repeats the response: %s", d.Detail)
		}
	}
}

// A create takes over users who are assigned already and in the set, toggled as
// configured.
func TestApplicationUsers_CreateTakesOverWhomItNames(t *testing.T) {
	w := start(t, 3)
	w.assign(0, 1)
	w.toggle(1, false)
	p := w.h.Protocol(nil)
	acctest.NoErrors(t, p.Apply(p.New(kind), w.config(-1, 1, 2)))
	w.wantHolds("u0! u1 u2")
}

// The error names a change that someone else makes between plan and apply, and
// nothing is overwritten; unless the change is as configured.
func TestApplicationUsers_ChangedOutsideTerraformIsAnErrorByName(t *testing.T) {
	for name, test := range map[string]struct {
		others func(w *world)
		told   []string // nothing: no conflict
		holds  string
	}{
		"assigned":                  {func(w *world) { w.assign(4) }, []string{"u4@example.com", "was assigned"}, "u0 u1 u2 u4"},
		"removed":                   {func(w *world) { w.unassign(0) }, []string{"u0@example.com", "was removed"}, "u1 u2"},
		"disabled":                  {func(w *world) { w.toggle(1, false) }, []string{"u1@example.com", "was disabled"}, "u0 u1! u2"},
		"all of it":                 {func(w *world) { w.unassign(0); w.toggle(1, false); w.assign(4) }, []string{"u0@", "u1@", "u4@"}, "u1! u2 u4"},
		"removed as wanted":         {func(w *world) { w.unassign(2) }, nil, "u0 u1 u3"},
		"assigned as wanted":        {func(w *world) { w.assign(3) }, nil, "u0 u1 u3"},
		"toggled, and toggled back": {func(w *world) { w.toggle(0, false); w.toggle(0, true) }, nil, "u0 u1 u3"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, 5)
			p := w.h.Protocol(nil)
			o := p.New(kind)
			acctest.NoErrors(t, p.Apply(o, w.config(0, 1, 2)))
			test.others(w)
			diags := p.Apply(o, w.config(0, 1, 3))
			if test.told == nil {
				acctest.NoErrors(t, diags)
			} else {
				acctest.WantError(t, diags, "users", append(test.told, "changed outside Terraform")...)
			}
			w.wantHolds(test.holds)
			// As the message says: plan again, and apply.
			acctest.NoErrors(t, p.Refresh(o))
			acctest.NoErrors(t, p.Apply(o, w.config(0, 1, 3)))
			w.wantHolds("u0 u1 u3")
		})
	}
}

func TestApplicationUsers_DestroyLeavesWhomItDidNotKnow(t *testing.T) {
	w := start(t, 2)
	p := w.h.Protocol(nil)
	o := p.New(kind)
	acctest.NoErrors(t, p.Apply(o, w.config(0)))
	w.assign(1)
	acctest.WantError(t, p.Apply(o, nil), "users", "u1@example.com", "was assigned")
	w.wantHolds("u0 u1")
}

// A failure between two chunks leaves a state that says what holds, and the
// next apply converges.
func TestApplicationUsers_PartialFailureLeavesWhatHolds(t *testing.T) {
	const users = 600
	w := start(t, users)
	everyone, disabled := make([]int, users), make([]int, users)
	for i := range everyone {
		everyone[i], disabled[i] = i, -i-1
	}
	// Chunks are in the order of the ids, so this one spoils the last.
	spoilt := func(list []int) map[string]any {
		config := w.config(list...)
		config["users"] = append(config["users"].([]map[string]any), map[string]any{"user_id": "zzzzzzzzzzzzzzzzzzzzz"})
		return config
	}
	p := w.h.Protocol(nil)
	o := p.New(kind)
	acctest.WantError(t, p.Apply(o, spoilt(everyone)), "users", "zzzzzzzzzzzzzzzzzzzzz", "not the id of a user")
	if !o.Tainted {
		t.Fatal("the create left no state")
	}
	if n := len(o.Get("users").([]string)); n != validation.MaxApplicationUsers || strings.Count(w.holds(), "u") != n {
		t.Errorf("the state says %d, ATM holds %d", n, strings.Count(w.holds(), "u"))
	}
	acctest.NoErrors(t, p.Refresh(o))
	acctest.NoErrors(t, p.Apply(o, w.config(everyone...)))
	if n := strings.Count(w.holds(), "u"); n != users {
		t.Errorf("after the second apply ATM holds %d", n)
	}

	acctest.WantError(t, p.Apply(o, spoilt(disabled)), "users", "not the id of a user")
	if n := strings.Count(fmt.Sprint(o.Get("users")), "false"); n != validation.MaxApplicationUsers || strings.Count(w.holds(), "!") != n {
		t.Errorf("after the update the state says that %d are disabled, ATM %d", n, strings.Count(w.holds(), "!"))
	}
	acctest.NoErrors(t, p.Apply(o, w.config(disabled...)))
	if n := strings.Count(w.holds(), "!"); n != users {
		t.Errorf("after the last apply %d are disabled", n)
	}
}

// A create or an update whose responses are all lost is found at the next read,
// whether ATM acted or not, and the next apply converges.
func TestApplicationUsers_LostResponses(t *testing.T) {
	for _, drop := range []string{testserver.DropBefore, testserver.DropAfter} {
		t.Run(drop, func(t *testing.T) {
			w := start(t, 3)
			p := w.h.Protocol(map[string]any{"max_retries": 1})
			o := p.New(kind)
			lose := func(config map[string]any) []*tfprotov6.Diagnostic {
				remove := w.server.Fail(testserver.Fault{Method: "PATCH", Path: "/api/v1/applications/*/users", Drop: drop})
				defer remove()
				config["timeouts"] = map[string]any{"create": "200ms", "update": "200ms"}
				return p.Apply(o, config)
			}
			diags := lose(w.config(0, 1))
			acctest.WantError(t, diags, "", "timeouts.create", "request id")
			acctest.WantWarning(t, diags, "", "Unknown whether")
			if !o.Tainted {
				t.Fatal("the create left no state")
			}
			acctest.NoErrors(t, p.Refresh(o))
			acctest.NoErrors(t, p.Apply(o, w.config(0, 1)))
			w.wantHolds("u0 u1")

			acctest.WantError(t, lose(w.config(0, 2)), "", "request id")
			acctest.NoErrors(t, p.Refresh(o))
			acctest.NoErrors(t, p.Apply(o, w.config(0, 2)))
			w.wantHolds("u0 u2")
		})
	}
}

// The user does not notice one lost response.
func TestApplicationUsers_OneLostResponseIsFoundToBeItsOwn(t *testing.T) {
	w := start(t, 3)
	p := w.h.Protocol(nil)
	o := p.New(kind)
	for _, config := range []map[string]any{w.config(0, 1), w.config(0, -3), nil} {
		w.server.Fail(testserver.Fault{Method: "PATCH", Path: "/api/v1/applications/*/users", Drop: testserver.DropAfter, Times: 1})
		acctest.NoErrors(t, p.Apply(o, config))
	}
	w.wantHolds("")
}

// A list that changes whenever it is written ends in an error, not in a loop.
func TestApplicationUsers_GivesUpOnAListThatGoesOnChanging(t *testing.T) {
	w := start(t, 1)
	p := w.h.Protocol(nil)
	remove := w.server.Fail(testserver.Fault{
		Method: "PATCH", Path: "/api/v1/applications/*/users", Status: 412, Headers: map[string]string{"Content-Type": "application/problem+json"},
		Body: `{"type": "urn:atm:problem:precondition-failed", "title": "Precondition failed", "status": 412}`,
	})
	acctest.WantError(t, p.Apply(p.New(kind), w.config(0)), "users", "kept changing")
	remove()
	acctest.NoErrors(t, p.Apply(p.New(kind), w.config(0)))
}

// Bad input is refused on its argument.
func TestApplicationUsers_BadInput(t *testing.T) {
	w := start(t, 1)
	p := w.h.Protocol(nil)
	with := func(users ...map[string]any) map[string]any {
		return map[string]any{"application_id": w.application, "users": users}
	}
	u := w.users[0]
	acctest.WantError(t, p.Validate(kind, with(map[string]any{"user_id": u}, map[string]any{"user_id": u, "enabled": false})), "users", "Duplicate user", u)
	acctest.WantError(t, p.Validate(kind, with(map[string]any{"user_id": ""})), "users", "Missing user_id")
	acctest.WantError(t, p.Validate(kind, map[string]any{"application_id": "", "users": []any{}}), "application_id")
	acctest.WantError(t, p.Apply(p.New(kind), with(map[string]any{"user_id": "nobody"})), "users", "nobody", "not the id of a user")
	for _, users := range [][]map[string]any{nil, {{"user_id": u}}} {
		config := with(users...)
		config["application_id"] = "none"
		acctest.WantError(t, p.Apply(p.New(kind), config), "application_id", "no application", "none")
	}
	for _, id := range []string{"one/two", "a/b/c/d", "/b/c", "a//c", "a/b/"} {
		_, diags := p.Import(kind, id, nil)
		acctest.WantError(t, diags, "", "SUITE/PROJECT/APPLICATION")
	}
	for _, id := range []string{"none", "shop/checkout/none"} {
		_, diags := p.Import(kind, id, nil)
		acctest.WantError(t, diags, "", "none", "SUITE/PROJECT/APPLICATION")
	}

	w.application = w.newApplication("machine", atm.ClientCredentials)
	acctest.WantError(t, p.Apply(p.New(kind), w.config(-1)), "users", u, "enabled")
}

// Unknown users are planned; what is known of them stays.
func TestApplicationUsers_UnknownAtPlan(t *testing.T) {
	w := start(t, 2)
	p := w.h.Protocol(nil)
	for name, users := range map[string]any{
		"one id":  []map[string]any{{"user_id": acctest.Unknown}, {"user_id": w.users[0], "enabled": false}},
		"all":     acctest.Unknown,
		"element": []any{acctest.Unknown, map[string]any{"user_id": w.users[0], "enabled": false}},
	} {
		_, diags := p.Plan(p.New(kind), map[string]any{"application_id": acctest.Unknown, "users": users})
		if acctest.HasErrors(diags) {
			t.Errorf("%s: %v", name, fmt.Sprint(diags))
		}
	}
}
