package management_test

import (
	"fmt"
	"testing"
)

func TestMe_IsTheCallerAndTheInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, role := range []string{"super_admin", "suite_admin", "system_user"} {
		suite, project := w.newSuite()
		user := w.newUser(suite, project, role)
		got := w.want(200, "GET", "/me", nil, as(tokenOf(user)))
		want := fields{
			"userId": user.id(), "email": user.str("email"), "role": role, "suiteId": suite, "projectId": project,
			"applicationId": "application", "clientId": "client", "instanceId": "instance",
		}
		if fmt.Sprint(got.body) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", role, got.body, want)
		}
	}
}

func TestMe_NeedsAUserWithManagementAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(403, "GET", "/me", nil, as("plain someone"))
	w.want(403, "GET", "/me", nil, as("machine x"))
	w.want(401, "GET", "/me", nil, as("expired x"))
}
