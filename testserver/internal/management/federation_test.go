package management_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/validation/validationtest"
)

// credential is a federated credential with changes.
func credential(changes fields) fields {
	return with(fields{"name": "main", "issuer": "https://ci.example", "subject": "repo:octo/shop:*", "audience": "https://atm.example.com"}, changes)
}

func credentials(all ...fields) fields { return fields{"federatedCredentials": all} }

func TestFederation_IsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	full := credential(fields{"name": "a", "claims": map[string]string{"ref": "refs/heads/main"}, "jwksUri": "https://ci.example/jwks", "singleUse": true,
		"loginIds": []string{"z@example.com", "a@example.com"}})
	key := fields{"kid": "1", "pem": validationtest.P256PEM}
	app := w.newApplication(w.suite, w.project, with(credentials(credential(nil), full), fields{
		"clientAuthentication": "assertion", "publicKeys": []fields{key, {"pem": validationtest.Ed25519PEM}}}))
	path := "/applications/" + app.id()
	if _, shown := app.body["clientSecret"]; shown || app.body["secretVersion"] != 0.0 {
		t.Errorf("made with a secret: %s", app.raw)
	}
	const first = `"federatedCredentials":[{"audience":"https://atm.example.com","claims":{"ref":"refs/heads/main"},"issuer":"https://ci.example",` +
		`"jwksUri":"https://ci.example/jwks","loginIds":["a@example.com","z@example.com"],"name":"a","singleUse":true,"subject":"repo:octo/shop:*"},` +
		`{"audience":"https://atm.example.com","issuer":"https://ci.example","name":"main","singleUse":false,"subject":"repo:octo/shop:*"}]`
	if !strings.Contains(app.raw, first) || !strings.Contains(app.raw, `"kid":"1"`) {
		t.Errorf("made %s", app.raw)
	}
	if read := w.want(200, "GET", path, nil); read.raw != app.raw {
		t.Errorf("read %s", read.raw)
	}
	same := with(credentials(credential(nil), full), fields{"publicKeys": []fields{{"pem": validationtest.Ed25519PEM}, key}})
	if again := w.want(200, "PATCH", path, same); again.etag() != app.etag() {
		t.Error("the same lists in another order are a change")
	}
	renamed := w.want(200, "PATCH", path, fields{"name": "renamed"})
	if !strings.Contains(renamed.raw, first) {
		t.Errorf("renamed to %s", renamed.raw)
	}
	none := w.want(200, "PATCH", path, `{"federatedCredentials":null,"publicKeys":[]}`)
	if !strings.Contains(none.raw, `"federatedCredentials":[]`) || !strings.Contains(none.raw, `"publicKeys":[]`) {
		t.Errorf("without: %s", none.raw)
	}
	for _, body := range []fields{{}, {"clientSecret": givenSecret}} {
		if got := w.want(409, "POST", path+"/secret", body); got.problem() != "no-client-secret" {
			t.Errorf("a secret: %s", got.raw)
		}
	}
}

func TestFederation_BadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var many []fields
	for i := range 21 {
		many = append(many, credential(fields{"name": fmt.Sprint("c", i), "audience": fmt.Sprint("a", i)}))
	}
	claims := map[string]string{}
	for i := range 11 {
		claims[fmt.Sprint(i)] = "x"
	}
	six := make([]fields, 6)
	for i := range six {
		six[i] = fields{"pem": validationtest.P256PEM, "kid": fmt.Sprint(i)}
	}
	bad := map[string]struct {
		changes  fields
		pointers string
	}{
		"21 entries":          {credentials(many...), "/federatedCredentials"},
		"11 claims":           {credentials(credential(fields{"claims": claims})), "/federatedCredentials/0/claims"},
		"a claim as a number": {credentials(credential(fields{"claims": fields{"a": 1}})), "/federatedCredentials/0/claims/a"},
		"an http issuer":      {credentials(credential(fields{"issuer": "http://ci.example"})), "/federatedCredentials/0/issuer"},
		"its own issuer":      {credentials(credential(fields{"issuer": "https://atm.example.com"})), "/federatedCredentials/0/issuer"},
		"an http jwksUri":     {credentials(credential(fields{"jwksUri": "http://ci.example/jwks"})), "/federatedCredentials/0/jwksUri"},
		"no name":             {credentials(fields{"issuer": "https://ci.example", "subject": "a", "audience": "b"}), "/federatedCredentials/0/name"},
		"the same name":       {credentials(credential(nil), credential(fields{"subject": "other"})), "/federatedCredentials/1/name"},
		"the same token":      {credentials(credential(nil), credential(fields{"name": "other"})), "/federatedCredentials/1"},
		"a wrong login":       {credentials(credential(fields{"loginIds": []string{"nobody"}})), "/federatedCredentials/0/loginIds/0"},
		"an unknown field":    {credentials(credential(fields{"login_ids": []string{}})), "/federatedCredentials/0/login_ids"},
		"a private key":       {fields{"publicKeys": []fields{{"pem": "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n"}}}, "/publicKeys/0/pem"},
		"six keys":            {fields{"publicKeys": six}, "/publicKeys"},
		"the same kid":        {fields{"publicKeys": []fields{{"kid": "a", "pem": validationtest.P256PEM}, {"kid": "a", "pem": validationtest.Ed25519PEM}}}, "/publicKeys/1"},
		"a public client": {with(credentials(credential(nil)), fields{"authenticatorType": "authorization_code_pkce", "redirectUrls": []string{"https://a.example/cb"},
			"clientAuthentication": "none", "publicKeys": []fields{{"pem": validationtest.P256PEM}}}), "/federatedCredentials /publicKeys"},
		"a secret": {fields{"clientAuthentication": "assertion", "clientSecret": givenSecret}, "/clientSecret"},
	}
	for _, c := range validationtest.Subjects() {
		if !c.OK() && c.Value != "a\xff" {
			bad["subject "+c.Value] = struct {
				changes  fields
				pointers string
			}{credentials(credential(fields{"subject": c.Value})), "/federatedCredentials/0/subject"}
		}
	}
	for _, c := range validationtest.PublicKeys() {
		if !c.OK() {
			bad["key "+c.Value] = struct {
				changes  fields
				pointers string
			}{fields{"publicKeys": []fields{{"pem": c.Value}}}, "/publicKeys/0/pem"}
		}
	}
	app := w.newApplication(w.suite, w.project, nil)
	for name, tc := range bad {
		got := w.want(400, "POST", "/applications", with(applicationIn(w.suite, w.project), tc.changes))
		if got.problem() != "invalid-request" || got.pointers() != tc.pointers {
			t.Errorf("%s: %s, want %s", name, got.raw, tc.pointers)
		}
		if tc.changes["authenticatorType"] != nil || tc.changes["clientSecret"] != nil {
			continue
		}
		if got := w.want(400, "PATCH", "/applications/"+app.id(), tc.changes); got.pointers() != tc.pointers {
			t.Errorf("%s, as a patch: %s, want %s", name, got.raw, tc.pointers)
		}
	}
}

func TestFederation_ChangesOfClientAuthentication(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.newApplication(w.suite, w.project, withoutSecret(fields{"clientAuthentication": "secret"}))
	path := "/applications/" + app.id()
	with := w.want(200, "PATCH", path, credentials(credential(nil)))
	if with.str("clientAuthentication") != "secret" || with.body["secretVersion"] != 1.0 {
		t.Errorf("a secret and a federated credential: %s", with.raw)
	}
	if got := w.want(400, "PATCH", path, fields{"clientAuthentication": "none"}); got.pointers() != "/federatedCredentials" {
		t.Errorf("to none with a federated credential: %s", got.raw)
	}
	without := w.want(200, "PATCH", path, fields{"clientAuthentication": "assertion"})
	if current, previous, _ := w.secretHash(app.id()); current != "" || previous != "" || without.body["secretVersion"] != 0.0 {
		t.Errorf("to assertion: %s", without.raw)
	}
	public := w.want(200, "PATCH", path, `{"clientAuthentication":"none","federatedCredentials":null}`)
	if public.str("clientAuthentication") != "none" {
		t.Errorf("to none: %s", public.raw)
	}
}

// A user who may replace the secret may change what is in its place.
func TestFederation_WhoMayChangeIt(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	for name, change := range map[string]fields{
		"entries": credentials(credential(nil)), "keys": {"publicKeys": []fields{{"pem": validationtest.P256PEM}}},
		"no secret": {"clientAuthentication": "assertion"},
	} {
		app := p.newApplication(p.suite, p.project, nil)
		path := "/applications/" + app.id()
		p.forbidden("suite_admin", "PATCH", path, change, p.reader)
		p.want(200, "PATCH", path, change, as(p.admin))
		p.assign(app, p.superIn)
		undo := fields{"federatedCredentials": nil, "publicKeys": nil, "clientAuthentication": nil}
		p.forbidden("super_admin", "PATCH", path, undo, p.admin)
		p.hidden("PATCH", "/applications/"+p.otherApplication.id(), change, p.admin)
		if got := p.want(200, "GET", path, nil); !strings.Contains(got.raw, "ci.example") && name == "entries" {
			t.Errorf("%s: a refused change had an effect: %s", name, got.raw)
		}
		p.want(200, "PATCH", path, undo)
		p.forbidden("super_admin", "PATCH", path, change, p.admin)
	}
	own := with(applicationIn(p.suite, p.project), credentials(credential(nil)))
	p.want(201, "POST", "/applications", own, as(p.admin))
	p.forbidden("suite_admin", "POST", "/applications", own, p.reader)
}
