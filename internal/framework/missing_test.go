package framework_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// eachKind is a test with one object of every kind that was created, and with
// the settings of a caller.
type eachKind struct {
	*testing.T
	server       *testserver.Server
	h            *acctest.Harness
	resourceCase typeCase
	o            *acctest.Object
	suite        string // that the object is in
	project      string
}

func forEachKind(t *testing.T, test func(t *eachKind)) {
	t.Helper()
	for _, kind := range []string{"atm_suite", "atm_project", "atm_application", "atm_user", "atm_application_user", "atm_application_users"} {
		t.Run(kind, func(t *testing.T) {
			server, h := acctest.Start(t)
			suite, project := h.Parents()
			for _, resourceCase := range casesIn(t, h, suite, project) {
				if resourceCase.kind != kind {
					continue
				}
				p := h.Protocol(nil)
				o := p.New(kind)
				acctest.NoErrors(t, p.Apply(o, resourceCase.config))
				test(&eachKind{T: t, server: server, h: h, resourceCase: resourceCase, o: o, suite: suite, project: project})
			}
		})
	}
}

// remove deletes the object outside Terraform.
func (t *eachKind) remove() {
	t.Helper()
	ctx, id, api := t.Context(), "", t.h.API
	if t.resourceCase.identity[0] == "id" {
		id = t.o.Get("id").(string)
	}
	switch t.resourceCase.kind {
	case "atm_suite":
		fail(t.T, api.DeleteSuite(ctx, id, ""))
	case "atm_project":
		fail(t.T, api.DeleteProject(ctx, id, ""))
	case "atm_application":
		fail(t.T, api.DeleteApplication(ctx, id, ""))
	case "atm_user":
		fail(t.T, api.DeleteUser(ctx, id, ""))
	case "atm_application_user":
		fail(t.T, api.UnassignUser(ctx, t.o.Get("application_id").(string), t.o.Get("user_id").(string), ""))
	default:
		application := t.o.Get("application_id").(string)
		fail(t.T, api.UnassignAllUsers(ctx, application))
		fail(t.T, api.DeleteApplication(ctx, application, ""))
	}
}

// staysKnown checks that the caller can neither refresh nor destroy the object,
// that both errors say why, and that the state stays as it is.
func (t *eachKind) staysKnown(p *acctest.Protocol, texts ...string) {
	t.Helper()
	for name, do := range map[string]func(o *acctest.Object) []*tfprotov6.Diagnostic{
		"refresh": p.Refresh,
		"destroy": func(o *acctest.Object) []*tfprotov6.Diagnostic { return p.Apply(o, nil) },
	} {
		o := *t.o
		diags := do(&o)
		acctest.WantError(t.T, diags, "", texts...)
		if o.Gone() || !o.State.Equal(t.o.State) {
			t.Errorf("%s changed the state to %s", name, o.State)
		}
	}
}

// isGone checks that the caller's refresh drops the object with a warning and
// that its destroy succeeds.
func (t *eachKind) isGone(p *acctest.Protocol, texts ...string) {
	t.Helper()
	destroyed, refreshed := *t.o, *t.o
	acctest.NoErrors(t.T, p.Apply(&destroyed, nil))
	acctest.WantWarning(t.T, p.Refresh(&refreshed), "", append(texts, t.resourceCase.kind+" was deleted outside Terraform")...)
	if !refreshed.Gone() || !destroyed.Gone() {
		t.Errorf("the object is still in the state: %s, %s", refreshed.State, destroyed.State)
	}
}

// stillThere checks that the object is not deleted, by a read of its creator.
func (t *eachKind) stillThere() {
	t.Helper()
	acctest.NoErrors(t.T, t.h.Protocol(nil).Refresh(t.o))
	if t.o.Gone() {
		t.Error("the object is gone")
	}
}

func (t *eachKind) otherSuite() (suite, project string) {
	t.Helper()
	s, err := t.h.API.CreateSuite(t.Context(), atm.NewIdempotencyKey(), atm.SuiteCreate{Name: "bank"})
	fail(t.T, err)
	p, err := t.h.API.CreateProject(t.Context(), atm.NewIdempotencyKey(), atm.ProjectCreate{Name: "desk", SuiteId: s.Id})
	fail(t.T, err)
	return s.Id, p.Id
}

func TestMissing_NotVisibleIsNotDeleted(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *eachKind) {
		suite, project := t.otherSuite()
		for _, role := range []atm.Role{atm.SuiteAdmin, atm.SystemUser} {
			as := t.h.As(role, suite, project)
			t.staysKnown(t.h.Protocol(as), "Cannot tell whether "+t.resourceCase.kind+" was deleted", as["login_id"].(string), string(role), suite, "terraform state rm", "request id")
		}
		t.stillThere()
	})
}

func TestMissing_AnotherInstanceTellsNothing(t *testing.T) {
	t.Parallel()
	other := testserver.Start(t)
	forEachKind(t, func(t *eachKind) {
		admin := other.Admin()
		p := t.h.Protocol(map[string]any{"endpoint": admin.Endpoint, "client_id": admin.ClientID, "client_secret": admin.ClientSecret, "login_id": admin.LoginID})
		here, err := t.h.API.Me(t.Context())
		fail(t.T, err)
		t.staysKnown(p, "Cannot tell whether", "instance "+here.InstanceId[:8], admin.LoginID, "terraform state rm")
		t.stillThere()
	})
}

// Every administrator of one team repairs drift.
func TestMissing_WhoCoversTheObjectJudges(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *eachKind) {
		super := t.h.As(atm.SuperAdmin, t.suite, t.project)
		admin := t.h.As(atm.SuiteAdmin, t.suite, t.project)
		t.remove()
		t.isGone(t.h.Protocol(super), "The plan creates it again")
		if t.resourceCase.kind != "atm_suite" { // a suite without users
			t.isGone(t.h.Protocol(admin), "moved", admin["login_id"].(string))
		}
	})
}

// A system user sees its project, and nothing more of the suite.
func TestMissing_ASystemUserJudgesItsProject(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"atm_application", "atm_user"} {
		t.Run(kind, func(t *testing.T) {
			_, h := acctest.Start(t)
			suite, project := h.Parents()
			for _, resourceCase := range casesIn(t, h, suite, project) {
				if resourceCase.kind != kind {
					continue
				}
				o := h.Protocol(nil).New(kind)
				acctest.NoErrors(t, h.Protocol(nil).Apply(o, resourceCase.config))
				k := &eachKind{T: t, h: h, resourceCase: resourceCase, o: o}
				reader := h.As(atm.SystemUser, suite, project)
				k.remove()
				acctest.WantWarning(t, h.Protocol(reader).Refresh(o), "", "was deleted outside Terraform", "system_user")
			}
		})
	}
}

// notATM are responses with status 404 that are not about the object.
var notATM = map[string]testserver.Fault{
	"a page":          {Status: 404, Body: "<html>no such page</html>", Headers: map[string]string{"Content-Type": "text/html"}},
	"nothing":         {Status: 404},
	"foreign problem": {Status: 404, Body: `{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.5","title":"Not Found","status":404}`, Headers: map[string]string{"Content-Type": "application/problem+json"}},
	"no type":         {Status: 404, Body: `{"type":"about:blank","title":"Not Found","status":404}`, Headers: map[string]string{"Content-Type": "application/problem+json"}},
	"unknown path":    {Status: 404, Body: `{"type":"urn:atm:problem:unknown-path","title":"Unknown path","status":404}`, Headers: map[string]string{"Content-Type": "application/problem+json"}},
}

func TestMissing_Another404TellsNothing(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *eachKind) {
		p := signedIn(t.h, nil)
		for _, fault := range notATM {
			fault.Path = "/api/v1/{suites,projects,applications,users,application-users}{,/**}"
			disarm := t.server.Fail(fault)
			t.staysKnown(p, "404", "request id")
			disarm()
		}
		t.stillThere()
	})
}

// An endpoint that leads somewhere else on the same host changes no state.
func TestMissing_AWrongEndpointTellsNothing(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *eachKind) {
		token, err := t.server.Admin().Token(t.Context())
		fail(t.T, err)
		const suffix = "/elsewhere"
		p := t.h.Protocol(map[string]any{"endpoint": t.server.URL + suffix, "access_token": token})
		t.staysKnown(p, suffix+"/api/v1", "endpoint")
		p = t.h.Protocol(map[string]any{"endpoint": t.server.URL + suffix})
		t.staysKnown(p, "Cannot sign in")
		t.stillThere()
	})
}

// An ATM without /me creates, reads, updates and deletes, and is asked for it
// once in a process. A 404 is then an error.
func TestMissing_WithoutMe(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *eachKind) {
		for status, body := range map[int]string{404: `{"type":"urn:atm:problem:not-found","title":"no such path","status":404}`, 405: "", 501: ""} {
			t.server.ForgetRequests()
			disarm := t.server.Fail(testserver.Fault{Path: "/api/v1/me", Status: status, Body: body, Headers: map[string]string{"Content-Type": "application/problem+json"}})
			p := t.h.Protocol(nil)
			acctest.NoErrors(t.T, p.Apply(t.o, nil))
			t.o = p.New(t.resourceCase.kind)
			acctest.NoErrors(t.T, p.Apply(t.o, t.resourceCase.config))
			acctest.NoErrors(t.T, p.Refresh(t.o))
			acctest.NoErrors(t.T, p.Apply(t.o, t.resourceCase.changed))
			if n := t.server.CountRequests("GET", "/api/v1/me"); n != 1 {
				t.Errorf("with status %d /me was requested %d times", status, n)
			}
			if t.resourceCase.kind != "atm_application_users" { // whose delete leaves the application
				known := *t.o
				acctest.NoErrors(t.T, p.Apply(&known, nil))
				t.staysKnown(p, "Cannot tell whether", "/api/v1/me")
				t.o = p.New(t.resourceCase.kind)
				acctest.NoErrors(t.T, p.Apply(t.o, t.resourceCase.config))
			}
			disarm()
		}
	})
}

// A failed /me fails no create, and the next read stores the instance.
func TestMissing_AFailedMeFailsNoCreate(t *testing.T) {
	t.Parallel()
	each(t, func(t *perResource) {
		disarm := t.server.Fail(testserver.Fault{Path: "/api/v1/me", Status: 503})
		p := signedIn(t.h, nil)
		o := p.New(t.resourceCase.kind)
		acctest.NoErrors(t.T, p.Apply(o, t.resourceCase.config))
		if strings.Contains(string(o.Private), "instance") {
			t.Errorf("private state has an instance: %s", o.Private)
		}
		disarm()
		acctest.NoErrors(t.T, t.h.Protocol(nil).Refresh(o))
		if !strings.Contains(string(o.Private), "instance") {
			t.Errorf("private state has no instance: %s", o.Private)
		}
	})
}

// State of an older version, and of a tainted object that is replaced, has no
// instance: it counts as being from the current one.
func TestMissing_StateWithoutInstance(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *eachKind) {
		admin := t.h.As(atm.SuiteAdmin, t.suite, t.project)
		t.remove()
		t.o.Private = nil
		t.isGone(t.h.Protocol(nil))
		if t.resourceCase.kind != "atm_suite" && t.resourceCase.kind != "atm_application_users" {
			t.isGone(t.h.Protocol(admin))
		}
	})
}

// /me is requested once in a process, however many objects need it, and not at
// all by a refresh that finds everything.
func TestMissing_AsksOnceWhoCalls(t *testing.T) {
	server, h := acctest.Start(t)
	p := signedIn(h, nil)
	var objects []*acctest.Object
	for _, name := range []string{"one", "two", "three"} {
		o := p.New("atm_suite")
		acctest.NoErrors(t, p.Apply(o, map[string]any{"name": name}))
		objects = append(objects, o)
	}
	count := func(want int) {
		t.Helper()
		if n := server.CountRequests("GET", "/api/v1/me"); n != want {
			t.Errorf("/me was requested %d times, want %d", n, want)
		}
	}
	count(1)
	again := signedIn(h, nil)
	for _, o := range objects {
		acctest.NoErrors(t, again.Refresh(o))
	}
	count(1)
	for _, o := range objects {
		fail(t, h.API.DeleteSuite(t.Context(), o.Get("id").(string), ""))
	}
	for _, o := range objects {
		acctest.WantWarning(t, again.Refresh(o), "", "deleted outside Terraform")
	}
	count(2)
}
