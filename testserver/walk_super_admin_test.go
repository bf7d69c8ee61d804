package testserver_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
)

// superAdmin is what a super admin does who follows the remedies of errors.
func (w *walk) superAdmin() {
	var inSuite, powerful []string
	roles := map[string]string{}
	for _, u := range w.want(http.StatusOK, w.rootToken, http.MethodGet, "/users?limit=500", nil).items() {
		id := fmt.Sprint(u["id"])
		roles[id] = fmt.Sprint(u["role"])
		switch {
		case id == w.walker.userID || id == w.root.userID:
		case u["suiteId"] == w.suite && u["role"] != "super_admin":
			inSuite = append(inSuite, id)
		default:
			powerful = append(powerful, id)
		}
	}
	switch w.rng.IntN(9) {
	case 7, 8:
		if id := pick(w, inSuite); id != "" {
			path := "/applications/" + w.web.applicationID + "/users/" + id
			w.note("super admin: PUT %s: %d", path, w.call(w.rootToken, http.MethodPut, path, fields{}).status)
		}
	case 6:
		path := "/applications/" + pick(w, w.applications)
		w.note("super admin: PATCH %s managementAccess: %d", path, w.call(w.rootToken, http.MethodPatch, path, fields{"managementAccess": true}).status)
	case 0, 1:
		w.promote(pick(w, inSuite), fields{"role": "super_admin"})
	case 2:
		w.promote(pick(w, inSuite), fields{"role": "suite_admin", "suiteId": w.away, "projectId": w.awayIn})
	case 3:
		if id := pick(w, powerful); id != "" {
			w.demote(id, roles[id])
		}
	case 4:
		w.unassign(powerful)
	case 5:
		if id := pick(w, powerful); id != "" {
			w.note("super admin: DELETE /users/%s: %d", id, w.call(w.rootToken, http.MethodDelete, "/users/"+id, nil).status)
		}
	}
}

// promote gives a user power, and follows the remedy where the server refuses.
func (w *walk) promote(id string, change fields) {
	if id == "" {
		return
	}
	got := w.call(w.rootToken, http.MethodPatch, "/users/"+id, change)
	if got.status == http.StatusConflict {
		w.count["prevented promotions"]++
		if w.chance(50) {
			for _, application := range got.list("applications") {
				w.want(http.StatusNoContent, w.rootToken, http.MethodDelete, fmt.Sprintf("/applications/%v/users/%s", application["id"], id), nil)
			}
			got = w.want(http.StatusOK, w.rootToken, http.MethodPatch, "/users/"+id, change)
		}
	}
	w.note("super admin: PATCH /users/%s %v: %d", id, change, got.status)
	if got.status == http.StatusOK {
		w.count["promotions"]++
		w.call(w.rootToken, http.MethodPut, "/applications/"+w.web.applicationID+"/users/"+id, fields{})
	}
}

// demote takes a user's power away, and brings the user back to the walker.
func (w *walk) demote(id, role string) {
	change := fields{"role": "system_user", "suiteId": w.suite, "projectId": w.project}
	if role == "super_admin" && w.chance(50) {
		change = fields{"role": "system_user"}
	}
	got := w.call(w.rootToken, http.MethodPatch, "/users/"+id, change)
	w.note("super admin: PATCH /users/%s %v: %d", id, change, got.status)
}

// unassign removes an assignment of someone who has power.
func (w *walk) unassign(users []string) {
	var own []map[string]any
	for _, a := range w.want(http.StatusOK, w.rootToken, http.MethodGet, "/application-users?limit=500", nil).items() {
		if slices.Contains(users, fmt.Sprint(a["userId"])) && a["applicationId"] != w.web.applicationID {
			own = append(own, a)
		}
	}
	if a := pick(w, own); a != nil {
		path := fmt.Sprintf("/applications/%v/users/%v", a["applicationId"], a["userId"])
		w.note("super admin: DELETE %s: %d", path, w.call(w.rootToken, http.MethodDelete, path, nil).status)
	}
}

// restart starts the server with flags and a seed that give power.
func (w *walk) restart() {
	var opts []testserver.Option
	what := "plain"
	if w.chance(60) {
		admin := testserver.Admin{LoginID: pick(w, []string{"", "ops@example.com", "administrator@example.com", "a@example.com"})}
		if w.chance(50) {
			admin.ClientSecret = random.ClientSecret()
		}
		opts, what = append(opts, testserver.WithAdmin(admin)), fmt.Sprintf("%s, new secret: %t", admin, admin.ClientSecret != "")
	}
	if w.chance(70) {
		seed := w.seed()
		opts, what = append(opts, testserver.WithSeed(seed)), what+seed
	}
	err := w.start(opts...)
	w.count["starts"]++
	w.note("start with %s: %v", what, err)
	if err == nil {
		return
	}
	w.count["refused starts"]++
	if !strings.Contains(err.Error(), "--admin-") && !strings.Contains(err.Error(), "seed:") {
		w.t.Errorf("the error names neither flag nor line: %v", err)
	}
	w.mustStart()
}

// seed is one of those that give power: by names and email addresses, which
// the walker chooses too, or by ids of objects that the walker manages.
func (w *walk) seed() string {
	suite := pick(w, []string{
		"name: Seeded", "name: atm-administration", "name: " + pick(w, walkNames) + "\n    id: " + w.suite, "name: Away\n    id: " + w.away,
	})
	application, user := "", ""
	if w.chance(20) && len(w.applications) > 0 {
		application = "\n            id: " + pick(w, w.applications)
	}
	if w.chance(20) && len(w.users) > 0 {
		user = "id: " + pick(w, w.users) + ", "
	}
	if w.chance(30) {
		application += "\n            clientSecret: " + random.ClientSecret()
	}
	return fmt.Sprintf(`
suites:
  - %s
    projects:
      - name: %s
        users:
          - { %semail: %s, firstName: Boss, role: %s }
        applications:
          - name: %s%s
            authenticatorType: user_credentials
            managementAccess: %t
            users: [{ email: %s }]
`, suite, pick(w, walkNames), user, "boss@example.com", pick(w, walkRoles), pick(w, []string{"Deploy", "Own"}), application,
		w.chance(50), pick(w, []string{"boss@example.com", "lead@example.com", "ops@example.com"}))
}
