package seed_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/seed"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const clientSecret = "480nulBeBGqJDoAOADC0CW2frGTDVEmq"

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestParse_Mistakes(t *testing.T) {
	t.Parallel()
	const head = "suites:\n  - name: Demo\n    projects:\n      - name: Pay\n"
	const app = head + "        applications:\n          - name: App\n            authenticatorType: user_credentials\n"
	const public = head + "        applications:\n          - name: App\n            authenticatorType: authorization_code_pkce\n" +
		"            redirectUrls: [\"https://a.example\"]\n            clientAuthentication: none\n"
	const usr = head + "        users:\n          - email: a@b.de\n            firstName: A\n            role: system_user\n"
	for _, tc := range []struct{ name, text, want string }{
		{"unknown field", "suites:\n  - nam: Demo\n", `seed.yaml:2:5: unknown field "nam"`},
		{"wrong type", app + "            accessTokenLifespan: soon\n", "seed.yaml:8:34: must be a whole number"},
		{"list for a text", "suites:\n  - name: [a]\n", "seed.yaml:2:11: must be a text"},
		{"not a list", "suites: Demo\n", "seed.yaml:1:9: must be a list"},
		{"key twice", "suites: []\nsuites: []\n", `seed.yaml:2:1: "suites" is in line 1 already`},
		{"no YAML", "suites: [\n", "is not valid YAML"},
		{"two documents", "suites: []\n---\nsuites: []\n", "seed.yaml:2:1: must not be here: a seed is one YAML document"},
		{"no name", "suites:\n  - projects: []\n", "suites[0].name must not be empty"},
		{"instance id", "instanceId: short\n", "seed.yaml:1:13: instanceId must have 8 to 64 characters"},
		{"the same name in another form", "suites:\n  - name: Café\n  - name: Cafe\u0301\n", "seed.yaml:3:11: suites[1].name must not be the same as in line 2"},
		{"invisible character", "suites:\n  - name: \"a\\u200bb\"\n", "seed.yaml:2:11: suites[0].name must not contain control, format, surrogate or private-use characters"},
		{"white space", "suites:\n  - name: \"a \"\n", "seed.yaml:2:11: suites[0].name must not begin or end with white space"},
		{"slash", "suites:\n  - name: a/b\n", "seed.yaml:2:11: suites[0].name must not contain a slash"},
		{"id", "suites:\n  - name: a\n    id: a b\n", "seed.yaml:3:9: suites[0].id must contain only letters, digits, - and _"},
		{"same name", "suites:\n  - name: a\n  - name: a\n", "seed.yaml:3:11: suites[1].name must not be the same as in line 2"},
		{"same id", "suites:\n  - name: a\n    id: x\n  - name: b\n    id: x\n", "seed.yaml:5:9: suites[1].id must not be the same as in line 3"},
		{"out of bounds", app + "            accessTokenLifespan: 59\n", "seed.yaml:8:34: suites[0].projects[0].applications[0].accessTokenLifespan must be at least 60"},
		{"grace period", app + "            refreshTokenGracePeriod: 61\n", "must be at most 60"},
		{"authenticator type", head + "        applications:\n          - name: A\n            authenticatorType: saml\n",
			"seed.yaml:7:32: suites[0].projects[0].applications[0].authenticatorType must be one of user_credentials, client_credentials, authorization_code, authorization_code_pkce"},
		{"redirect for no redirect", app + "            redirectUrls: [\"https://a.example\"]\n", "seed.yaml:8:27: suites[0].projects[0].applications[0].redirectUrls must be empty"},
		{"public client of another flow", app + "            clientAuthentication: none\n", "seed.yaml:8:35: suites[0].projects[0].applications[0].clientAuthentication must be secret or assertion: only"},
		{"client authentication", app + "            clientAuthentication: jwt\n", "clientAuthentication must be one of secret, none"},
		{"public client with a secret", public + "            clientSecret: " + clientSecret + "\n", "seed.yaml:10:27: suites[0].projects[0].applications[0].clientSecret must not be given"},
		{"public client that introspects", public + "            introspectionAccess: true\n", "seed.yaml:10:34: suites[0].projects[0].applications[0].introspectionAccess must be false"},
		{"federated credential", app + "            federatedCredentials: [{name: ci, issuer: ci, subject: \"repo:*\", audience: atm}]\n",
			"seed.yaml:8:55: suites[0].projects[0].applications[0].federatedCredentials[0].issuer must be an https URL"},
		{"trust in everybody", app + "            federatedCredentials: [{name: ci, issuer: https://ci.example, subject: \"repo:*\", audience: atm}]\n",
			"seed.yaml:8:84: suites[0].projects[0].applications[0].federatedCredentials[0].subject must name in front of the *"},
		{"claims that are no mapping", app + "            federatedCredentials: [{claims: [ref]}]\n", "seed.yaml:8:45: must be a mapping"},
		{"a claim that is no text", app + "            federatedCredentials: [{claims: {ref: [main]}}]\n", "seed.yaml:8:51: must be a text"},
		{"public key", app + "            publicKeys: [{pem: x}]\n", "seed.yaml:8:32: suites[0].projects[0].applications[0].publicKeys[0].pem must be one public key"},
		{"public client with keys", public + "            publicKeys: [{pem: x}]\n", "applications[0].publicKeys must be empty"},
		{"assertion with a secret", app + "            clientAuthentication: assertion\n            clientSecret: " + clientSecret + "\n", "clientSecret must not be given"},
		{"redirect URL", app + "            redirectUrls: [x]\n", "redirectUrls[0] must be an absolute URL"},
		{"origin", app + "            allowedOrigins: [\"*\", \"x\"]\n", "allowedOrigins[1] must be an origin"},
		{"short secret", app + "            clientSecret: short-" + "\n", "seed.yaml:8:27: suites[0].projects[0].applications[0].clientSecret must have at least 32 characters"},
		{"number as a secret", app + "            clientSecret: 12345678\n", "seed.yaml:8:27: suites[0].projects[0].applications[0].clientSecret must be a text (in quotes where it looks like a number)"},
		{"unknown reference", app + "            clientSecret: { vault: x }\n", "seed.yaml:8:27: suites[0].projects[0].applications[0].clientSecret must be a text"},
		{"missing variable", app + "            clientSecret: { env: ATM_NO_SUCH_VARIABLE }\n", "clientSecret names the environment variable ATM_NO_SUCH_VARIABLE, which is not set"},
		{"missing file", app + "            clientSecret: { file: no-such-file }\n", "clientSecret cannot be read from its file: open "},
		{"email address", strings.Replace(usr, "a@b.de", "nobody", 1), "seed.yaml:6:20: suites[0].projects[0].users[0].email must be an email address, such as jo@example.com"},
		{"same email address", usr + "          - email: A@B.de\n            firstName: A\n            role: system_user\n", "users[1].email must not be the same as in line 6"},
		{"role", strings.Replace(usr, "system_user", "root", 1), "users[0].role must be one of super_admin, suite_admin, system_user"},
		{"password", usr + "            password: short\n", "users[0].password must have at least 8 characters"},
		{"toggle", strings.Replace(app, "user_credentials", "client_credentials", 1) + "            users: [{ email: a@b.de, enabled: false }]\n", "users[0].enabled must be true"},
		{"assigned twice", app + "            users: [{ email: a@b.de }, { email: A@b.de }]\n", "users[1].email must not be the same as in line 8"},
		{"tag", "suites: !x 0\n", "seed.yaml:1:9: must not have the tag !x"},
		{"tag of an entry", "suites:\n  - !x 0\n", "seed.yaml:2:5: must not have the tag !x"},
		{"tag of a text", "suites:\n  - name: !!binary aGVsbG8=\n", "seed.yaml:2:11: must not have the tag !!binary"},
		{"tag of a secret", app + "            clientSecret: !x 0\n", "seed.yaml:8:27: must not have the tag !x"},
		{"tag of the whole", "!x {}\n", "seed.yaml:1:1: must not have the tag !x"},
		{"mistake after a byte order mark", "\ufeffsuites:\n  - nam: Demo\n", `seed.yaml:2:5: unknown field "nam"`},
		{"unknown anchor", "suites: *tr0ub4dor\n", "is not valid YAML: an alias (*) names no anchor (&); write a text that begins with * in quotes"},
		{"merge of a text", "suites:\n  - <<: Demo\n", "seed.yaml:2:9: must be a mapping, an alias (*) of one, or a list of these"},
		{"merge of itself", "suites:\n  - &a { name: Demo, <<: *a }\n", "seed.yaml:2:26: must not merge itself"},
		{"merge twice", "x-a: &a { name: Demo }\nsuites:\n  - <<: *a\n    <<: *a\n", `seed.yaml:4:5: "<<" is in line 3 already`},
		{"mistake in what is merged", "x-a: &a\n  nam: Demo\nsuites:\n  - <<: *a\n", `seed.yaml:2:3: unknown field "nam"`},
		{"x- only at the top", "suites:\n  - x-name: Demo\n", `seed.yaml:2:5: unknown field "x-name"`},
		{"list as a key", "? [a]\n: b\n", "seed.yaml:1:3: must be a text"},
		{"number as a key", "1: 2\n", `seed.yaml:1:1: unknown field "1"`},
		{"a list for the whole", "- a\n", "seed.yaml:1:1: must be a mapping"},
		{"large number", app + "            accessTokenLifespan: 99999999999999999999\n", "seed.yaml:8:34: is too large a number"},
		{"switch", strings.Replace(usr, "role:", "enabled: maybe\n            role:", 1), "seed.yaml:8:22: must be true or false"},
		{"tab", "suites:\n\t- a\n", "seed.yaml:2:1: is not valid YAML: "},
		{"open list", "suites: [\n", "seed.yaml:"},
		{"no UTF-8", "suites:\n  - name: \"\xff\"\n", "seed.yaml:2:12: is not UTF-8 text"},
		{"UTF-16", "\xff\xfes\x00", "seed.yaml:1:1: is not UTF-8 text"},
		{"control character", "suites:\n  - name: \"é\x01\"\n", "seed.yaml:2:13: is a control character"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := seed.Parse("seed.yaml", []byte(tc.text))
			if err == nil || !hasPosition.MatchString(err.Error()) {
				t.Errorf("does not name line and column: %v", err)
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

// hasPosition is a message of which each line names file, line and column.
var hasPosition = regexp.MustCompile(`^seed\.yaml:[1-9][0-9]*:[1-9][0-9]*: [^\n]+(\nseed\.yaml:[1-9][0-9]*:[1-9][0-9]*: [^\n]+)*$`)

func TestParse_AllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := seed.Parse("seed.yaml", []byte("suites:\n  - name: a/b\n  - name: \"\"\n  - name: [a]\n    nam: c\n"))
	if err == nil || len(strings.Split(err.Error(), "\n")) != 4 || !hasPosition.MatchString(err.Error()) {
		t.Errorf("got %v", err)
	}
}

func TestParse_MergesWithOverrides(t *testing.T) {
	t.Parallel()
	merged, plain := open(t), open(t)
	for st, text := range map[*store.Store]string{
		merged: "\ufeff" + `
x-application: &application
  authenticatorType: user_credentials
  accessTokenLifespan: 300
  refreshTokenLifespan: 600
x-short: &short { accessTokenLifespan: 60, name: Unused }
x-anything: [{ at: all }, !x 0]
suites:
  - name: Demo
    projects:
      - name: Pay
        users:
          - &jo { email: jo@b.de, firstName: Jo, role: system_user }
          - { <<: *jo, email: al@b.de }
        applications:
          - { <<: *application, name: A, id: a, clientId: a, clientSecret: ` + clientSecret + ` }
          - <<: [*short, *application]
            name: B
            id: b
            clientId: b
            clientSecret: ` + clientSecret + `
          - name: C
            id: c
            clientId: c
            clientSecret: ` + clientSecret + `
            accessTokenLifespan: 120
            <<: *application
            users: [{ email: jo@b.de }]
`,
		plain: `
suites:
  - name: Demo
    projects:
      - name: Pay
        users:
          - { email: jo@b.de, firstName: Jo, role: system_user }
          - { email: al@b.de, firstName: Jo, role: system_user }
        applications:
          - { id: a, clientId: a, name: A, authenticatorType: user_credentials, accessTokenLifespan: 300, refreshTokenLifespan: 600, clientSecret: ` + clientSecret + ` }
          - { id: b, clientId: b, name: B, authenticatorType: user_credentials, accessTokenLifespan: 60, refreshTokenLifespan: 600, clientSecret: ` + clientSecret + ` }
          - { id: c, clientId: c, name: C, authenticatorType: user_credentials, accessTokenLifespan: 120, refreshTokenLifespan: 600,
              clientSecret: ` + clientSecret + `, users: [{ email: jo@b.de }] }
`,
	} {
		if err := apply(t, st, "seed.yaml", text, now); err != nil {
			t.Fatal(err)
		}
	}
	got, want := read(t, merged), read(t, plain)
	if fmt.Sprint(outline(got)) != fmt.Sprint(outline(want)) || len(want.assignments) != 1 {
		t.Errorf("merged:\n%v\nwritten out:\n%v", outline(got), outline(want))
	}
}

// outline is what does not depend on random ids.
func outline(e everything) []any {
	var all []any
	for _, u := range e.users {
		all = append(all, u.Email, u.FirstName, u.Role)
	}
	for _, a := range e.applications {
		all = append(all, a.ID, a.Name, a.AuthenticatorType, a.AccessTokenLifespan, a.RefreshTokenLifespan)
	}
	return append(all, len(e.suites), len(e.projects), len(e.assignments))
}

func TestParse_MistakesShowNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "tr0ub4dor&3"
	for _, text := range []string{
		"suites:\n  - name: a\n    secret: " + secret + "\n",
		"suites:\n  - name: a\n    projects:\n      - name: p\n        applications:\n          - { name: a, authenticatorType: user_credentials, clientSecret: \"" + secret + "\" }\n",
		"suites:\n  - name: a\n    projects:\n      - name: p\n        applications:\n          - { name: a, accessTokenLifespan: " + secret + " }\n",
		"suites:\n  - name: a\n    projects:\n      - name: p\n        users:\n          - { email: a@b.de, password: [" + secret + "] }\n",
		"suites: [ {name: a, x: \"" + secret + "\n",
	} {
		if _, err := seed.Parse("seed.yaml", []byte(text)); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s\ngot %v", text, err)
		}
	}
}

func TestParse_EmptyIsNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "suites:\n", "suites: []\n", "---\n"} {
		if _, err := seed.Parse("seed.yaml", []byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func open(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func apply(t testing.TB, st *store.Store, name, text string, at time.Time) error {
	t.Helper()
	s, err := seed.Parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Apply(t.Context(), st, password.New(password.Fast()), at)
}

// everything is what the store holds, in words that do not differ unless
// something has changed.
type everything struct {
	suites       []store.Suite
	projects     []store.Project
	users        []store.User
	applications []store.Application
	assignments  []store.Assignment
}

func read(t testing.TB, st *store.Store) everything {
	t.Helper()
	var e everything
	page, all := store.Page{Limit: 100}, store.Everything()
	err := st.Read(t.Context(), func(tx *store.Tx) error {
		suites, err := tx.Suites(store.SuiteFilter{Scope: all}, page)
		if err != nil {
			return err
		}
		projects, err := tx.Projects(store.ProjectFilter{Scope: all}, page)
		if err != nil {
			return err
		}
		users, err := tx.Users(store.UserFilter{Scope: all}, page)
		if err != nil {
			return err
		}
		applications, err := tx.Applications(store.ApplicationFilter{Scope: all}, page)
		if err != nil {
			return err
		}
		assignments, err := tx.Assignments(store.AssignmentFilter{Scope: all}, page)
		e = everything{suites.Items, projects.Items, users.Items, applications.Items, assignments.Items}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestApply_ExampleTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../examples/seed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	st := open(t)
	if err := apply(t, st, "seed.yaml", string(text), now); err != nil {
		t.Fatal(err)
	}
	first := read(t, st)
	if len(first.suites) != 1 || len(first.projects) != 1 || len(first.users) != 1 || len(first.applications) != 4 || len(first.assignments) != 3 {
		t.Fatalf("got %+v", first)
	}
	app, u := first.applications[0], first.users[0]
	if app.ID != "T_1kwjq0gTKGW6-g4O8OF" || app.ClientID != "NmN78x6DMfde1XRx9hQg" || app.SecretVersion != 1 || app.AccessTokenLifespan != 600 {
		t.Errorf("the application is %+v", app)
	}
	if u.ID != "D7aaqWe34vWj_Bd-uuP8N" || u.Email != "admin@gmail.com" || !u.Enabled || u.Role != "system_user" {
		t.Errorf("the user is %+v", u)
	}
	if ok, err := password.New(password.Fast()).Verify(t.Context(), u.PasswordHash, "correct horse battery staple"); !ok || err != nil {
		t.Errorf("the password does not match: %v", err)
	}
	if err := apply(t, st, "seed.yaml", string(text), now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if second := read(t, st); !equal(first, second) {
		t.Errorf("the second time changed something:\n%+v\n%+v", first, second)
	}
}

func equal(a, b everything) bool {
	return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b)
}

const base = `
suites:
  - id: s
    name: Demo
    projects:
      - id: p
        name: Pay
        users:
          - { id: u, email: a@b.de, firstName: A, role: system_user, password: first password }
        applications:
          - id: app
            name: App
            authenticatorType: user_credentials
            clientId: client
            clientSecret: ` + clientSecret + `
            users: [{ email: A@B.de }]
`

func TestApply_OtherValuesUpdate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, from, to string
		changed        func(everything) bool
	}{
		{"suite", "name: Demo", "name: Other", func(e everything) bool { return e.suites[0].Name == "Other" }},
		{"project", "name: Pay", "name: Other", func(e everything) bool { return e.projects[0].Name == "Other" }},
		{"user", "firstName: A", "firstName: B", func(e everything) bool { return e.users[0].FirstName == "B" }},
		{"user's email address", "email: a@b.de", "email: A@B.de", func(e everything) bool { return e.users[0].Email == "A@B.de" }},
		{"disabled user", "role: system_user", "role: system_user, enabled: false", func(e everything) bool { return !e.users[0].Enabled }},
		{"application", "name: App", "name: Other", func(e everything) bool { return e.applications[0].Name == "Other" }},
		{"client id", "clientId: client", "clientId: another", func(e everything) bool { return e.applications[0].ClientID == "another" }},
		{"client secret", clientSecret, clientSecret + "x", func(e everything) bool { return e.applications[0].SecretVersion == 2 }},
		{"lifespan", "clientId: client", "clientId: client\n            accessTokenLifespan: 60",
			func(e everything) bool { return e.applications[0].AccessTokenLifespan == 60 }},
		{"toggle", "email: A@B.de", "email: A@B.de, enabled: false", func(e everything) bool { return !e.assignments[0].Enabled }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			st := open(t)
			if err := apply(t, st, "seed.yaml", base, now); err != nil {
				t.Fatal(err)
			}
			if tc.changed(read(t, st)) {
				t.Fatal("it is as changed before the change")
			}
			if err := apply(t, st, "seed.yaml", strings.Replace(base, tc.from, tc.to, 1), now); err != nil {
				t.Fatal(err)
			}
			if after := read(t, st); !tc.changed(after) || len(after.applications) != 1 || len(after.users) != 1 {
				t.Errorf("got %+v", after)
			}
		})
	}
}

func TestApply_APublicClientAndBack(t *testing.T) {
	t.Parallel()
	st := open(t)
	const head = "suites:\n  - name: Demo\n    projects:\n      - name: Pay\n        applications:\n          - name: App\n" +
		"            authenticatorType: authorization_code_pkce\n            redirectUrls: [\"https://a.example\"]\n"
	const given = "            clientSecret: " + clientSecret + "\n"
	applied := func(settings string) store.Application {
		t.Helper()
		if err := apply(t, st, "seed.yaml", head+settings, now); err != nil {
			t.Fatal(err)
		}
		return read(t, st).applications[0]
	}
	if a := applied("            clientAuthentication: none\n"); a.ClientAuthentication != "none" || a.SecretHash != nil {
		t.Errorf("a public client: %+v", a)
	}
	first := applied(given + "            introspectionAccess: true\n")
	if first.ClientAuthentication != "secret" || !bytes.Equal(first.SecretHash, store.Hash(clientSecret)) || !first.IntrospectionAccess {
		t.Errorf("with a secret: %+v", first)
	}
	if again := applied(given + "            introspectionAccess: true\n"); again.ETag != first.ETag {
		t.Error("the same again changed it")
	}
	if a := applied("            clientAuthentication: none\n            managementAccess: true\n"); a.SecretHash != nil || a.IntrospectionAccess || !a.ManagementAccess {
		t.Errorf("back: %+v", a)
	}
	if a := applied(""); a.ClientAuthentication != "secret" || a.SecretHash != nil {
		t.Errorf("the default, without a secret: %+v", a)
	}
}

func TestApply_PasswordChanges(t *testing.T) {
	t.Parallel()
	st := open(t)
	for _, pw := range []string{"first password", "second password"} {
		if err := apply(t, st, "seed.yaml", strings.Replace(base, "first password", pw, 1), now); err != nil {
			t.Fatal(err)
		}
		if ok, _ := password.New(password.Fast()).Verify(t.Context(), read(t, st).users[0].PasswordHash, pw); !ok {
			t.Errorf("%q does not match", pw)
		}
	}
}

func TestApply_RefusalsNameTheLine(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, from, to, want string }{
		{"authenticator type", "user_credentials", "client_credentials", "seed.yaml:11:"},
		{"unknown user", "email: A@B.de", "email: c@d.de", "seed.yaml:16:"},
		{"project of another suite", "- id: s\n", "- id: other\n", "seed.yaml:"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			st := open(t)
			if err := apply(t, st, "seed.yaml", base, now); err != nil {
				t.Fatal(err)
			}
			before := read(t, st)
			err := apply(t, st, "seed.yaml", strings.Replace(base, tc.from, tc.to, 1), now)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
			if after := read(t, st); !equal(before, after) {
				t.Errorf("a refused seed changed something:\n%+v\n%+v", before, after)
			}
		})
	}
}

func TestApply_SecretsFromFileAndEnvironment(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte(clientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ATM_SEED_TEST_PASSWORD", "from the environment")
	st := open(t)
	text := strings.Replace(base, "clientSecret: "+clientSecret, "clientSecret: { file: secret }", 1)
	text = strings.Replace(text, "password: first password", "password: { env: ATM_SEED_TEST_PASSWORD }", 1)
	if err := apply(t, st, filepath.Join(dir, "seed.yaml"), text, now); err != nil {
		t.Fatal(err)
	}
	hashed := read(t, st).applications[0].SecretHash
	if err := apply(t, st, "seed.yaml", strings.Replace(text, "{ file: secret }", clientSecret, 1), now); err != nil {
		t.Fatal(err)
	}
	after := read(t, st)
	if string(after.applications[0].SecretHash) != string(hashed) || after.applications[0].SecretVersion != 1 {
		t.Error("the secret of the file is not the one written out")
	}
	if ok, _ := password.New(password.Fast()).Verify(t.Context(), after.users[0].PasswordHash, "from the environment"); !ok {
		t.Error("the password is not the environment's")
	}
}

func TestApply_FormsOfOneTextAreOne(t *testing.T) {
	t.Parallel()
	text := func(e string) string {
		return strings.ReplaceAll(`
suites:
  - name: Caf@
    projects:
      - name: Pay@
        users: [{ email: "jos@#b.de", firstName: "Jos@", role: system_user, password: "pass-@@@@@@@@" }]
        applications: [{ name: "App@", authenticatorType: user_credentials, users: [{ email: "JOS@#b.de" }] }]
`, "@", e)
	}
	st := open(t)
	for _, form := range []string{"é", "e\u0301"} {
		if err := apply(t, st, "seed.yaml", strings.ReplaceAll(text(form), "#", "@"), now); err != nil {
			t.Fatal(err)
		}
		e := read(t, st)
		if len(e.suites) != 1 || len(e.projects) != 1 || len(e.users) != 1 || len(e.applications) != 1 || len(e.assignments) != 1 {
			t.Fatalf("got %+v", e)
		}
		if e.suites[0].Name != "Café" || e.users[0].Email != "josé@b.de" || e.users[0].FirstName != "José" || e.suites[0].UpdatedAt != e.suites[0].CreatedAt {
			t.Errorf("got %+v", e)
		}
	}
}

func TestParse_InstanceID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "instanceId: nightly-ci\n": "nightly-ci"} {
		s, err := seed.Parse("seed.yaml", []byte(text))
		if err != nil || s.InstanceID() != want {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestApply_WithoutIdsNamesIdentify(t *testing.T) {
	t.Parallel()
	text := `
suites:
  - name: Demo
    projects:
      - name: Pay
        users: [{ email: a@b.de, firstName: A, role: system_user }]
        applications: [{ name: App, authenticatorType: client_credentials }]
`
	st := open(t)
	for range 2 {
		if err := apply(t, st, "seed.yaml", text, now); err != nil {
			t.Fatal(err)
		}
	}
	e := read(t, st)
	if len(e.suites) != 1 || len(e.projects) != 1 || len(e.users) != 1 || len(e.applications) != 1 || len(e.applications[0].ClientID) != 20 {
		t.Errorf("got %+v", e)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(base))
	f.Add([]byte("suites: [{name: a, projects: [{name: b, users: [{}], applications: [{users: [{}]}]}]}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("suites: &x\n  - <<: *x\n"))
	f.Add([]byte("suites: !x 0\n"))
	f.Add([]byte("\ufeffx-a: &a {name: b}\nsuites: [{<<: [*a, *a], name: c}]\n---\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		// A seed of the fuzzer's must not read this machine's files.
		if strings.Contains(string(text), "file") || strings.Contains(string(text), "env") {
			t.Skip("names a file or a variable")
		}
		s, err := seed.Parse("seed.yaml", text)
		if (s == nil) == (err == nil) {
			t.Fatalf("got %v, %v", s, err)
		}
		if err != nil && !hasPosition.MatchString(err.Error()) {
			t.Fatalf("the message does not name file, line and column: %v", err)
		}
	})
}
