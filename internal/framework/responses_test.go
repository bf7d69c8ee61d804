package framework_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

var jsonBody = map[string]string{"Content-Type": "application/json"}

// objects is where one object of a kind is read, changed and deleted.
var objects = map[string]string{
	"atm_suite": "/api/v1/suites/*", "atm_project": "/api/v1/projects/*", "atm_application": "/api/v1/applications/*",
	"atm_user": "/api/v1/users/*", "atm_application_user": "/api/v1/applications/*/users/*", "atm_application_users": "/api/v1/application-users",
}

// raw is the object as ATM returns it.
func (t *eachKind) raw() map[string]any {
	t.Helper()
	ctx, api := t.Context(), t.h.API
	id, _ := t.o.Get("id").(string)
	var (
		object any
		err    error
	)
	switch t.resourceCase.kind {
	case "atm_suite":
		object, err = api.Suite(ctx, id)
	case "atm_project":
		object, err = api.Project(ctx, id)
	case "atm_application":
		object, err = api.Application(ctx, id)
	case "atm_user":
		object, err = api.User(ctx, id)
	case "atm_application_user":
		object, err = api.ApplicationUser(ctx, t.o.Get("application_id").(string), t.o.Get("user_id").(string))
	default:
		var items []atm.ApplicationUser
		items, err = api.ApplicationUsers(ctx, atm.ListApplicationUsersParams{ApplicationIds: &[]string{t.o.Get("application_id").(string)}})
		object = map[string]any{"items": items, "nextCursor": nil, "total": len(items)}
	}
	fail(t.T, err)
	text, err := json.Marshal(object)
	fail(t.T, err)
	var out map[string]any
	fail(t.T, json.Unmarshal(text, &out))
	return out
}

// A response that ATM does not give to the request changes no state: one with a
// missing member, a member of another type, or another object.
func TestResponse_OfAReadIsChecked(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *eachKind) {
		object := t.raw()
		bodies := map[string]any{"foreign": map[string]any{"message": "maintenance"}, "empty": map[string]any{}, "list": []any{}, "null": nil}
		for member := range object {
			if t.resourceCase.kind == "atm_application_users" && member == "total" {
				continue // which nothing reads
			}
			lacks, null := map[string]any{}, map[string]any{}
			for name, value := range object {
				if lacks[name], null[name] = value, value; name == member {
					delete(lacks, name)
					null[name] = nil
				}
			}
			bodies["without "+member] = lacks
			if object[member] != nil {
				bodies["null "+member] = null
			}
			if strings.HasSuffix(strings.ToLower(member), "id") && member != "clientId" && member != "suiteId" && member != "projectId" {
				bodies["another "+member] = acctest.With(object, member, "T_1kwjq0gTKGW6-g4O8OF")
			}
		}
		for name, body := range bodies {
			text, err := json.Marshal(body)
			fail(t.T, err)
			disarm := t.server.Fail(testserver.Fault{Method: "GET", Path: objects[t.resourceCase.kind], Status: 200, Body: string(text), Headers: jsonBody})
			read := *t.o
			diags := t.h.Protocol(map[string]any{"max_retries": 0}).Refresh(&read)
			disarm()
			if !acctest.HasErrors(diags) || read.Gone() || !read.State.Equal(t.o.State) {
				t.Errorf("%s was accepted", name)
				continue
			}
			acctest.WantError(t.T, diags, "", "Unexpected response", "request id")
		}
		t.stillThere()
	})
}

// A delete has succeeded only if ATM says so.
func TestResponse_OfADeleteIsChecked(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *eachKind) {
		if t.resourceCase.kind == "atm_application_users" {
			return // whose delete is a PATCH
		}
		for name, fault := range map[string]testserver.Fault{
			"200 empty":    {Status: 200},
			"200 object":   {Status: 200, Body: "{}", Headers: jsonBody},
			"200 page":     {Status: 200, Body: "<html>", Headers: map[string]string{"Content-Type": "text/html"}},
			"202 accepted": {Status: 202},
		} {
			fault.Method, fault.Path = "DELETE", objects[t.resourceCase.kind]
			disarm := t.server.Fail(fault)
			o := *t.o
			diags := t.h.Protocol(map[string]any{"max_retries": 0}).Apply(&o, nil)
			disarm()
			if !acctest.HasErrors(diags) || o.Gone() {
				t.Errorf("%s ended a destroy", name)
			}
		}
		t.stillThere()
	})
}

// A create whose response is none has an unknown outcome: its key is kept, and
// the next apply converges.
func TestResponse_OfACreateIsChecked(t *testing.T) {
	t.Parallel()
	each(t, func(t *perResource) {
		for name, fault := range map[string]testserver.Fault{
			"200 empty":  {Status: 200},
			"204":        {Status: 204},
			"201 object": {Status: 201, Body: "{}", Headers: jsonBody},
			"200 page":   {Status: 200, Body: "<html>", Headers: map[string]string{"Content-Type": "text/html"}},
			"400 page":   {Status: 400, Body: "<html>", Headers: map[string]string{"Content-Type": "text/html"}},
			"409 cut":    {Status: 409, Body: `{"type":"urn:atm`, Headers: map[string]string{"Content-Type": "application/problem+json"}},
			"408":        {Status: 408},
		} {
			fault.Path = path[t.resourceCase.kind]
			p := signedIn(t.h, nil)
			disarm := t.server.Fail(fault)
			o := p.New(t.resourceCase.kind)
			diags := p.Apply(o, lost(t.resourceCase.config))
			disarm()
			if !acctest.HasErrors(diags) || !o.Tainted {
				t.Fatalf("%s: the create has no unknown outcome: %s", name, o.State)
			}
			keyOf(t.T, o)
			acctest.NoErrors(t.T, p.Refresh(o))
			acctest.NoErrors(t.T, p.Apply(o, t.resourceCase.config))
			converged(t.T, p, o, t.resourceCase)
			acctest.NoErrors(t.T, p.Apply(o, nil))
		}
	})
}
