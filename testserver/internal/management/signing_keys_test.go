package management_test

import "testing"

func TestSigningKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := w.want(200, "GET", "/signing-keys", nil)
	if list.names("status") != "current next" || list.body["total"] != 2.0 {
		t.Errorf("got %s", list.raw)
	}
	next := list.items()[1]
	if next["activatesAt"] != nil || next["expiresAt"] != nil {
		t.Errorf("what is not scheduled must be null: %v", next)
	}
	rotated := w.want(200, "POST", "/signing-keys/rotate", nil)
	if rotated.str("kid") != next["kid"] || rotated.str("status") != "current" || rotated.body["activatesAt"] == nil {
		t.Errorf("got %s, want the key %v", rotated.raw, next["kid"])
	}
	for _, role := range []string{"suite_admin", "system_user"} {
		token := tokenOf(w.newUser(w.suite, w.project, role))
		w.forbidden("super_admin", "GET", "/signing-keys", nil, token)
		w.forbidden("super_admin", "POST", "/signing-keys/rotate", nil, token)
	}
}
