package applicationusers_test

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// createWithLostResponses is a create of u0 and u1 whose responses were lost,
// though ATM acted. u0 was assigned before it, and u3 is afterwards, by others.
func (w *world) createWithLostResponses(p *acctest.Protocol) *acctest.Object {
	w.t.Helper()
	w.assign(0)
	remove := w.server.Fail(testserver.Fault{Method: "PATCH", Path: "/api/v1/applications/*/users", Drop: testserver.DropAfter})
	config := w.config(0, 1)
	config["timeouts"] = map[string]any{"create": "1s"}
	o := p.New(kind)
	acctest.WantError(w.t, p.Apply(o, config), "", "timeouts.create")
	remove()
	w.assign(3)
	w.wantHolds("u0 u1 u3")
	if !o.Tainted {
		w.t.Fatal("the create left no state")
	}
	return o
}

// After a create that failed half-way, Terraform deletes only users whom that
// create added: neither those from before, nor those whom the read in between
// found.
func TestApplicationUsers_AFailedCreateRemovesNoOtherUser(t *testing.T) {
	for name, between := range map[string]func(p *acctest.Protocol, o *acctest.Object){
		"after a read": func(p *acctest.Protocol, o *acctest.Object) { acctest.NoErrors(t, p.Refresh(o)) },
		"after two": func(p *acctest.Protocol, o *acctest.Object) {
			acctest.NoErrors(t, p.Refresh(o))
			acctest.NoErrors(t, p.Refresh(o))
		},
		"without": func(*acctest.Protocol, *acctest.Object) {},
	} {
		t.Run("replaced "+name, func(t *testing.T) {
			w := start(t, 4)
			p := w.h.Protocol(map[string]any{"max_retries": 1})
			o := w.createWithLostResponses(p)
			between(p, o)
			acctest.WantError(t, p.Apply(o, w.config(0, 1)), "users", "other users already", "u3@example.com")
			w.wantHolds("u0 u3")
			acctest.NoErrors(t, p.Apply(o, w.config(0, 1, 3)))
			w.wantHolds("u0 u1 u3")
			acctest.NoErrors(t, p.Apply(o, nil))
			w.wantHolds("")
		})
		t.Run("destroyed "+name, func(t *testing.T) {
			w := start(t, 4)
			p := w.h.Protocol(map[string]any{"max_retries": 1})
			o := w.createWithLostResponses(p)
			between(p, o)
			acctest.NoErrors(t, p.Apply(o, nil))
			w.wantHolds("u0 u3")
		})
	}
}

// A list that terraform untaint declares complete contains all users again.
func TestApplicationUsers_AnUntaintedListContainsAllUsers(t *testing.T) {
	w := start(t, 4)
	p := w.h.Protocol(map[string]any{"max_retries": 1})
	o := w.createWithLostResponses(p)
	acctest.NoErrors(t, p.Refresh(o))
	o.Tainted = false
	acctest.WantError(t, p.Apply(o, w.config(0, 1)), "users", "u3@example.com", "was assigned")
	w.wantHolds("u0 u1 u3")
	acctest.NoErrors(t, p.Refresh(o))
	acctest.NoErrors(t, p.Apply(o, w.config(0, 1)))
	w.wantHolds("u0 u1")
}

// A create that did nothing removes no user whom someone else has assigned
// since, and ATM refuses a late request of it.
func TestApplicationUsers_ACreateThatDidNothingRemovesNoUser(t *testing.T) {
	for name, between := range map[string]func(p *acctest.Protocol, o *acctest.Object){
		"after a read": func(p *acctest.Protocol, o *acctest.Object) {
			acctest.WantWarning(t, p.Refresh(o), "", "unfinished "+kind)
			if !o.Gone() {
				t.Errorf("still in the state: %s", o.State)
			}
		},
		"without": func(*acctest.Protocol, *acctest.Object) {},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, 3)
			p := w.h.Protocol(map[string]any{"max_retries": 1})
			acctest.NoErrors(t, p.Refresh(p.New(kind)))
			remove := w.server.Fail(testserver.Fault{Method: "PATCH", Path: "/api/v1/applications/*/users", Drop: testserver.DropBefore})
			config := w.config(0, 1)
			config["timeouts"] = map[string]any{"create": "1s"}
			o := p.New(kind)
			acctest.WantError(t, p.Apply(o, config), "", "timeouts.create")
			remove()
			w.assign(1)
			between(p, o)
			acctest.NoErrors(t, p.Apply(o, nil))
			w.wantHolds("u1")
		})
	}
}
