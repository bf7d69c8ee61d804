package management_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/internal/validation/validationtest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// textField is a field with a text, in each request that can send it.
type textField struct {
	// post and patch send a value; path is that of the object to patch.
	path, pointer string
	post          func(value string) fields
	object        string
}

func nameFields(w *world) map[string]textField {
	w.t.Helper()
	suite, project := w.newSuite()
	application := w.newApplication(suite, project, nil)
	return map[string]textField{
		"suite":   {"/suites", "/name", func(v string) fields { return fields{"name": v} }, suite},
		"project": {"/projects", "/name", func(v string) fields { return fields{"name": v, "suiteId": suite} }, project},
		"application": {"/applications", "/name", func(v string) fields {
			return with(applicationIn(suite, project), fields{"name": v})
		}, application.id()},
	}
}

func userFields(w *world, field string) map[string]textField {
	w.t.Helper()
	user := w.newUser(w.suite, w.project, "system_user")
	return map[string]textField{field: {"/users", "/" + field, func(v string) fields {
		return with(userIn(w.suite, w.project, "system_user"), fields{field: v})
	}, user.id()}}
}

// holdText sends each value of the corpus in a create and in a patch.
func holdText(t *testing.T, w *world, texts map[string]textField, cases []validationtest.Case) {
	t.Helper()
	for kind, f := range texts {
		field := strings.TrimPrefix(f.pointer, "/")
		for _, c := range cases {
			if strings.Contains(c.Value, "\xff") {
				continue // no JSON
			}
			created := w.do("POST", f.path, f.post(c.Value))
			patched := w.do("PATCH", f.path+"/"+f.object, fields{field: c.Value})
			if !c.OK() {
				for _, got := range []reply{created, patched} {
					if got.status != 400 || got.pointers() != f.pointer {
						t.Errorf("%s %q: got %d %s", kind, c.Value, got.status, got.raw)
					}
				}
				continue
			}
			if created.status != 201 || created.str(field) != c.Stored {
				t.Errorf("%s %q: got %d %s", kind, c.Value, created.status, created.raw)
				continue
			}
			w.want(204, "DELETE", f.path+"/"+created.id(), nil)
			patched = w.want(200, "PATCH", f.path+"/"+f.object, fields{field: c.Value})
			if patched.str(field) != c.Stored {
				t.Errorf("%s %q: patched to %s", kind, c.Value, patched.raw)
			}
		}
	}
}

func TestText_NamesOfTheCorpus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	holdText(t, w, nameFields(w), validationtest.Names())
}

func TestText_EmailsOfTheCorpus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	holdText(t, w, userFields(w, "email"), validationtest.Emails())
}

func TestText_PersonNamesWithInvisibleCharacters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, field := range []string{"firstName", "lastName"} {
		cases := append(validationtest.Invisible("Thong"), validationtest.Case{Value: "u\u0308", Stored: "ü"})
		holdText(t, w, userFields(w, field), cases)
	}
}

func TestText_URLsAndOriginsOfTheCorpus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application := w.newApplication(w.suite, w.project,
		fields{"authenticatorType": "authorization_code", "redirectUrls": []string{"https://app.example.com/cb"}})
	path := "/applications/" + application.id()
	for field, cases := range map[string][]validationtest.Case{
		"redirectUrls": validationtest.RedirectURLs(), "allowedOrigins": validationtest.Origins(),
	} {
		for _, c := range cases {
			if strings.Contains(c.Value, "\xff") {
				continue // no JSON
			}
			got := w.do("PATCH", path, fields{field: []string{c.Value}})
			stored, _ := got.body[field].([]any)
			switch {
			case c.OK() && (got.status != 200 || len(stored) != 1 || stored[0] != c.Stored):
				t.Errorf("%s %q: got %d %s", field, c.Value, got.status, got.raw)
			case !c.OK() && (got.status != 400 || got.pointers() != "/"+field+"/0"):
				t.Errorf("%s %q: got %d %s", field, c.Value, got.status, got.raw)
			}
		}
	}
}

func TestText_FormsOfOneNameCannotCoexist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const nfc, nfd = "Café", "Cafe\u0301"
	for kind, f := range nameFields(w) {
		first := w.want(201, "POST", f.path, f.post(nfd))
		if first.str("name") != nfc {
			t.Errorf("%s: stored as %q", kind, first.str("name"))
		}
		for _, form := range []string{nfc, nfd} {
			if got := w.do("POST", f.path, f.post(form)); got.problem() != "name-taken" {
				t.Errorf("%s %q: got %d %s", kind, form, got.status, got.raw)
			}
			if got := w.do("PATCH", f.path+"/"+f.object, fields{"name": form}); got.problem() != "name-taken" {
				t.Errorf("%s %q: got %d %s", kind, form, got.status, got.raw)
			}
			found := w.want(200, "GET", f.path+"?name="+url.QueryEscape(form), nil).items()
			if len(found) != 1 || found[0]["id"] != first.id() {
				t.Errorf("%s %q: found %v", kind, form, found)
			}
			if got := w.want(200, "PATCH", f.path+"/"+first.id(), fields{"name": form}); got.etag() != first.etag() {
				t.Errorf("%s: the form %q is a change: %s", kind, form, got.raw)
			}
		}
	}
}

func TestText_FormsOfOneEmailAreOneUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, group := range validationtest.SameEmails() {
		first := w.want(201, "POST", "/users", with(userIn(w.suite, w.project, "system_user"), fields{"email": group[0]}))
		other := w.newUser(w.suite, w.project, "system_user")
		for _, form := range group {
			if got := w.do("POST", "/users", with(userIn(w.suite, w.project, "system_user"), fields{"email": form})); got.problem() != "email-taken" {
				t.Errorf("%q: got %d %s", form, got.status, got.raw)
			}
			if got := w.do("PATCH", "/users/"+other.id(), fields{"email": form}); got.problem() != "email-taken" {
				t.Errorf("%q: got %d %s", form, got.status, got.raw)
			}
			found := w.want(200, "GET", "/users?email="+url.QueryEscape(form), nil).items()
			if len(found) != 1 || found[0]["id"] != first.id() {
				t.Errorf("%q: found %v", form, found)
			}
		}
	}
}

func TestText_AnotherFormOfAnEmailIsNoChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.newUser(w.suite, w.project, "suite_admin") // may not change an email address
	user := w.want(201, "POST", "/users", with(userIn(w.suite, w.project, "system_user"), fields{"email": "ü@example.org"}))
	got := w.want(200, "PATCH", "/users/"+user.id(), fields{"email": "u\u0308@example.org", "firstName": "New"}, as(tokenOf(admin)))
	if got.str("firstName") != "New" || got.str("email") != "ü@example.org" {
		t.Errorf("got %s", got.raw)
	}
}

func TestText_PatchJudgesOnlyWhatItSends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// Older versions accepted this name: the store does not validate.
	suite := store.Suite{ID: random.ID(), Name: " old "}
	project := store.Project{ID: random.ID(), SuiteID: suite.ID, Name: "old\u200b"}
	application := store.Application{
		ID: random.ID(), ClientID: random.ClientID(), SuiteID: suite.ID, ProjectID: project.ID, Name: "old ",
		AuthenticatorType: "authorization_code", RedirectURLs: []string{"localhost:3000"}, AllowedOrigins: []string{"a://::"},
		AccessTokenLifespan: 600, RefreshTokenLifespan: 600, ClientAuthentication: "secret", SecretHash: []byte("hash"),
	}
	user := store.User{ID: random.ID(), Email: "old @example.com", FirstName: " old", LastName: "old\u200b", Role: "system_user",
		SuiteID: suite.ID, ProjectID: project.ID, Enabled: true}
	now := w.clock.Now()
	err := w.store.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.CreateSuite(suite, now); err != nil {
			return err
		}
		if _, err := tx.CreateProject(project, now); err != nil {
			return err
		}
		if _, err := tx.CreateApplication(application, now); err != nil {
			return err
		}
		_, err := tx.CreateUser(user, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.handler = w.bare // the contract does not describe these objects
	app, usr := "/applications/"+application.ID, "/users/"+user.ID
	for path, patch := range map[string]fields{
		"/suites/" + suite.ID: {}, "/projects/" + project.ID: {}, app: {"accessTokenLifespan": 60}, usr: {"enabled": false},
	} {
		w.want(200, "PATCH", path, patch)
	}
	for _, tc := range []struct {
		path, pointer string
		patch         fields
	}{
		{"/suites/" + suite.ID, "/name", fields{"name": " old "}},
		{"/projects/" + project.ID, "/name", fields{"name": "old\u200b"}},
		{app, "/name", fields{"name": "old "}},
		{app, "/redirectUrls/0", fields{"redirectUrls": []string{"localhost:3000"}}},
		{app, "/redirectUrls", fields{"redirectUrls": nil}},
		{app, "/allowedOrigins/0", fields{"allowedOrigins": []string{"a://::"}}},
		{usr, "/email", fields{"email": "old\u200b@example.com"}},
		{usr, "/firstName", fields{"firstName": " old"}},
		{usr, "/lastName", fields{"lastName": "old\u200b"}},
	} {
		if got := w.want(400, "PATCH", tc.path, tc.patch); got.pointers() != tc.pointer {
			t.Errorf("%v: got %s", tc.patch, got.raw)
		}
	}
}

func TestText_PasswordsAreCountedInNFC(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	short := strings.Repeat("u\u0308", validation.MinPassword-1)
	created := w.do("POST", "/users", with(userIn(w.suite, w.project, "system_user"), fields{"password": short}))
	user := w.newUser(w.suite, w.project, "system_user")
	for _, got := range []reply{created, w.do("POST", "/users/"+user.id()+"/password", fields{"password": short})} {
		if got.status != 400 || got.pointers() != "/password" || strings.Contains(got.raw, short) {
			t.Errorf("got %d %s", got.status, got.raw)
		}
	}
}
