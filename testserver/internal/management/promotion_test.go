package management_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// The changes of a user that give it more power, or other people's.
var (
	toSuperAdmin = fields{"role": "super_admin"}
	toSuiteAdmin = fields{"role": "suite_admin"}
)

func TestPromotion_WhatPreventsIt(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	move := fields{"suiteId": p.otherSuite, "projectId": p.otherProject}
	inThird := func() reply { return p.newApplication(p.newSuite2()) }
	for _, tc := range []struct {
		name string
		// application is what the user is assigned to; with are users beside.
		application func() reply
		with        []reply
		disabled    bool
		change      fields
		prevented   bool
	}{
		{"to super admin", p.fresh(nil), nil, false, toSuperAdmin, true},
		{"to super admin, assignment disabled", p.fresh(nil), nil, true, toSuperAdmin, true},
		{"to super admin, beside a super admin", p.fresh(nil), []reply{p.superIn}, false, toSuperAdmin, false},
		{"to super admin, beside a user of another suite", p.fresh(nil), []reply{p.neighbour}, false, toSuperAdmin, false},
		{"to super admin, application of another suite", inThird, nil, false, toSuperAdmin, false},
		{"to super admin, authorization code", p.fresh(withSignInPage), nil, false, toSuperAdmin, false},
		{"to suite admin", p.fresh(nil), nil, false, toSuiteAdmin, false},
		{"to another suite", p.fresh(nil), nil, false, move, true},
		{"to another suite, beside a super admin", p.fresh(nil), []reply{p.superIn}, false, move, true},
		{"to another suite, application of a third one", inThird, nil, false, move, false},
		{"to another suite, authorization code", p.fresh(withSignInPage), nil, false, move, false},
		{"to another suite and role", p.fresh(nil), nil, false, with(move, toSuiteAdmin), true},
		{"to another project", p.fresh(nil), nil, false, fields{"projectId": p.second}, false},
		{"another name", p.fresh(nil), nil, false, fields{"firstName": "Other"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			user, application := p.newUser(p.suite, p.project, "system_user"), tc.application()
			for _, other := range tc.with {
				p.assign(application, other)
			}
			item := "/applications/" + application.id() + "/users/" + user.id()
			p.want(201, "PUT", item, fields{"enabled": !tc.disabled})
			path := "/users/" + user.id()
			if !tc.prevented {
				p.want(200, "PATCH", path, tc.change)
				return
			}
			got := p.want(409, "PATCH", path, tc.change)
			if got.problem() != "assigned-elsewhere" || !strings.Contains(got.str("detail"), application.str("name")) {
				t.Errorf("got %s", got.raw)
			}
			list, _ := got.body["applications"].([]any)
			if len(list) != 1 || list[0].(fields)["id"] != application.id() || list[0].(fields)["name"] != application.str("name") {
				t.Errorf("got %s", got.raw)
			}
			if after := p.want(200, "GET", path, nil); after.etag() != user.etag() {
				t.Errorf("the user has changed: %s", after.raw)
			}
			p.want(204, "DELETE", item, nil) // the remedy
			p.want(200, "PATCH", path, tc.change)
		})
	}
}

// newSuite2 is newSuite for newApplication, without changes.
func (w *world) newSuite2() (suite, project string, changes fields) {
	w.t.Helper()
	suite, project = w.newSuite()
	return suite, project, nil
}

var withSignInPage = fields{"authenticatorType": "authorization_code", "redirectUrls": []string{"https://app.example.com/callback"}}

// fresh creates an application in the project.
func (p *people) fresh(changes fields) func() reply {
	return func() reply { return p.newApplication(p.suite, p.project, changes) }
}

func TestPromotion_EndsSignIns(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	for _, tc := range []struct {
		name   string
		role   string
		change fields
		ends   bool
	}{
		{"to super admin", "system_user", toSuperAdmin, true},
		{"to suite admin", "system_user", toSuiteAdmin, true},
		{"from suite admin to super admin", "suite_admin", toSuperAdmin, true},
		{"to another suite", "system_user", fields{"suiteId": p.otherSuite, "projectId": p.otherProject}, true},
		{"to a lower role", "suite_admin", fields{"role": "system_user"}, false},
		{"to another project", "system_user", fields{"projectId": p.second}, false},
		{"another name", "system_user", fields{"firstName": "Other"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			application, user := p.newApplication(p.suite, p.project, withSignInPage), p.newUser(p.suite, p.project, tc.role)
			p.assign(application, user)
			family, code := p.signedIn(application, user)
			p.want(200, "PATCH", "/users/"+user.id(), tc.change)
			p.checkEnded(family, code, application, tc.ends)
		})
	}
}

// signedIn stores a token family, and a code that has not been exchanged.
func (w *world) signedIn(application, user reply) (family string, code []byte) {
	w.t.Helper()
	now := w.clock.Now()
	family, code = random.ID(), store.Hash(random.ID())
	err := w.store.Write(w.t.Context(), func(tx *store.Tx) error {
		f := store.TokenFamily{ID: family, ApplicationID: application.id(), UserID: user.id(), GrantType: "authorization_code",
			RefreshHash: store.Hash(family), RefreshExpiresAt: now.Add(time.Hour), AuthTime: now, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
		if err := tx.CreateFamily(f); err != nil {
			return err
		}
		return tx.CreateCode(store.AuthorizationCode{Hash: code, ApplicationID: application.id(), UserID: user.id(),
			AuthTime: now, CreatedAt: now, ExpiresAt: now.Add(time.Hour)})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return family, code
}

func (w *world) checkEnded(family string, code []byte, application reply, ended bool) {
	w.t.Helper()
	grant, err := w.store.Direct(w.t.Context()).GrantByFamily(family)
	if err != nil {
		w.t.Fatal(err)
	}
	if grant.Family.Alive(w.clock.Now()) == ended {
		w.t.Errorf("the tokens are revoked: %t, want %t", !ended, ended)
	}
	_, err = w.store.Direct(w.t.Context()).ClaimCode(code, application.id(), random.ID(), w.clock.Now())
	if (err != nil) != ended {
		w.t.Errorf("the code: %v, want one that has ended: %t", err, ended)
	}
}

// A suite admin assigns a user while a super admin promotes the same user: one
// of the two is refused.
func TestPromotion_OfWhoIsBeingAssigned(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	for i := range 20 {
		user := p.newUser(p.suite, p.project, "system_user")
		application := "/applications/" + p.newApplication(p.suite, p.project, nil).id()
		var promoted, assigned reply
		var both sync.WaitGroup
		both.Go(func() { promoted = p.do("PATCH", "/users/"+user.id(), toSuperAdmin) })
		both.Go(func() {
			if i%2 == 0 {
				assigned = p.do("PUT", application+"/users/"+user.id(), fields{}, as(p.admin))
			} else {
				assigned = p.do("PATCH", application+"/users", fields{"set": []fields{{"userId": user.id()}}}, as(p.admin))
			}
		})
		both.Wait()
		if (promoted.status == 200) == (assigned.status < 300) {
			t.Errorf("promoted: %d %s\nassigned: %d %s", promoted.status, promoted.raw, assigned.status, assigned.raw)
		}
	}
}
