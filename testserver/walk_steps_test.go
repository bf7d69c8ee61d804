package testserver_test

import (
	"maps"
	"net/http"
	"slices"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
)

var (
	walkNames  = []string{"atm-administration", "administrator", "Seeded", "Deploy", "Own", "Other"}
	walkEmails = []string{"ops@example.com", "boss@example.com", "lead@example.com", "administrator@example.com", "a@example.com", "b@example.com", "c@example.com", "d@example.com"}
	walkRoles  = []string{"system_user", "suite_admin", "super_admin"}
	walkTypes  = []string{"user_credentials", "user_credentials", "client_credentials", "authorization_code", "authorization_code_pkce"}
)

// manage is a call of the management API.
func (w *walk) manage() {
	application, user := pick(w, w.applications), pick(w, w.users)
	assignment := "/applications/" + application + "/users/" + user
	switch w.rng.IntN(19) {
	case 0:
		w.try(http.MethodPatch, "/suites/"+w.suite, fields{"name": pick(w, walkNames)})
	case 1:
		w.try(http.MethodPost, "/projects", fields{"name": pick(w, walkNames), "suiteId": w.suite})
	case 2:
		w.try(http.MethodPatch, "/projects/"+pick(w, w.projects), fields{"name": pick(w, walkNames)})
	case 3:
		w.try(http.MethodDelete, "/projects/"+pick(w, w.projects), nil)
	case 4, 5:
		w.createApplication()
	case 6:
		w.try(http.MethodPatch, "/applications/"+application, pick(w, []fields{
			{"name": pick(w, walkNames)}, {"projectId": pick(w, w.projects)}, {"managementAccess": true},
			{"suiteId": w.away, "projectId": w.awayIn}, {"accessTokenLifespan": 3600},
			{"clientAuthentication": "none"}, {"clientAuthentication": "secret"}, {"introspectionAccess": w.chance(50)},
		}))
	case 7:
		w.try(http.MethodPost, "/applications/"+application+"/secret", pick(w, []fields{{}, {"previousSecretExpiresIn": 3600}}))
	case 8:
		w.try(http.MethodDelete, "/applications/"+application, nil)
	case 9, 10:
		w.createUser()
	case 11:
		w.try(http.MethodPatch, "/users/"+user, pick(w, []fields{
			{"role": pick(w, walkRoles)}, {"role": pick(w, walkRoles)}, {"enabled": w.chance(50)}, {"email": pick(w, walkEmails)},
			{"suiteId": w.away, "projectId": w.awayIn}, {"projectId": pick(w, w.projects)},
		}))
	case 12:
		w.try(http.MethodDelete, "/users/"+user, nil)
	case 13, 14:
		w.try(http.MethodPut, assignment, fields{})
	case 15:
		w.try(http.MethodPatch, "/applications/"+application+"/users", fields{"set": []fields{{"userId": user}}})
	case 16:
		w.try(http.MethodDelete, assignment, nil)
	case 17:
		w.replay()
	case 18:
		w.try(http.MethodPost, "/users/"+user+"/password", fields{"password": attackPassword})
	}
}

func (w *walk) createApplication() {
	body := fields{"name": pick(w, walkNames), "suiteId": w.suite, "projectId": pick(w, w.projects), "authenticatorType": pick(w, walkTypes)}
	switch body["authenticatorType"] {
	case "authorization_code_pkce":
		body["clientAuthentication"] = pick(w, []string{"secret", "none"})
		fallthrough
	case "authorization_code":
		body["redirectUrls"] = []string{"https://walker.example.com/callback"}
	}
	if w.chance(10) {
		body["managementAccess"] = true
	}
	w.create("/applications", body)
}

func (w *walk) createUser() {
	email := pick(w, walkEmails)
	got := w.create("/users", fields{"email": email, "firstName": "Walked", "role": pick(w, walkRoles), "suiteId": w.suite,
		"projectId": pick(w, w.projects), "password": attackPassword})
	if got.status == http.StatusCreated {
		w.passwords[email] = attackPassword
	}
}

func (w *walk) create(path string, body fields) response {
	c := create{random.Token(24), path, body}
	w.creates = append(w.creates, c)
	if len(w.creates) > 20 {
		w.creates = w.creates[1:]
	}
	return w.send(c)
}

func (w *walk) replay() {
	if len(w.creates) > 0 {
		w.send(pick(w, w.creates))
	}
}

func (w *walk) send(c create) response {
	got := w.call(w.token, http.MethodPost, c.path, c.body, "Idempotency-Key", c.key)
	w.note("walker: POST %s %v: %d", c.path, c.body, got.status)
	w.learn(got)
	if got.status < 300 {
		w.count["allowed"]++
	}
	return got
}

// signInSomehow uses what the walker knows.
func (w *walk) signInSomehow() {
	switch w.rng.IntN(3) {
	case 0:
		w.refreshSomething()
	case 1:
		w.signInByPassword(pick(w, slices.Sorted(maps.Keys(w.passwords))))
	default:
		for clientID, secrets := range w.secrets {
			w.learn(w.signIn(clientID, pick(w, secrets), pick(w, walkEmails)))
			break
		}
	}
}

func (w *walk) refreshSomething() {
	if len(w.refresh) > 0 {
		w.learn(w.ask(pick(w, w.refresh)))
	}
}

func (w *walk) signInByPassword(email string) {
	password := w.passwords[email]
	if password == "" {
		return
	}
	if code := w.code(w.web.clientID, email, password); code != "" {
		w.codes = append(w.codes, code)
	}
	if w.chance(50) {
		w.exchange()
	}
}

// exchange exchanges the codes that the walker has for tokens.
func (w *walk) exchange() {
	for _, code := range w.codes {
		w.learn(w.ask(fields{"grant_type": "authorization_code", "client_id": w.web.clientID, "client_secret": w.web.clientSecret, "code": code}))
	}
	w.codes = nil
}
