package store

import (
	"fmt"
	"slices"
	"strings"
)

// AssignedElsewhereError says that a user cannot get a higher role, or move to
// another suite, while someone of a lower role, or of the suite that the user
// leaves, can sign in as this user: by the secret of a User Credentials
// application.
type AssignedElsewhereError struct {
	// Applications are those that prevent it: one or more.
	Applications []Application
}

func (e *AssignedElsewhereError) Error() string {
	names := make([]string, len(e.Applications))
	for i, a := range e.Applications {
		names[i] = fmt.Sprintf("%q (%s)", a.Name, a.ID)
	}
	return "the user is assigned to applications whose secret lets others sign in as this user: " + strings.Join(names, ", ")
}

// roles are in the order of their power.
var roles = []string{"system_user", "suite_admin", "super_admin"}

const superAdmin = "super_admin"

// Below reports whether a role has less power than another one. No role at all
// has the least.
func Below(role, other string) bool { return slices.Index(roles, role) < slices.Index(roles, other) }

// gain is what a change of a user adds to what this user may do.
type gain struct {
	from, to User
	// raised reports whether the role gets higher, moved whether the suite is
	// another.
	raised, moved bool
}

func gainOf(from, to User) gain {
	return gain{from: from, to: to, raised: Below(from.Role, to.Role), moved: from.SuiteID != to.SuiteID}
}

// knownPassword reports whether someone knows the user's password who has less
// power than the user is about to have.
func (g gain) knownPassword() bool {
	return (g.raised && Below(g.from.PasswordRole, g.to.Role)) || (g.moved && Below(g.from.PasswordRole, superAdmin))
}

// mayGain looks for the User Credentials applications of the user whose secret
// gives others what the user is about to gain. A suite admin manages, and so
// may know the secret of, an application of its suite to which neither a super
// admin nor a user of another suite is assigned (see HasUserBeyond). The caller
// has locked the user: no user is assigned at the same time.
func (tx *Tx) mayGain(g gain) error {
	var prevent []string
	w := where{}
	w.add("au.user_id = ?", g.to.ID)
	w.add("a.authenticator_type = ?", "user_credentials")
	if g.moved {
		w.args = append(w.args, g.from.SuiteID)
		prevent = append(prevent, fmt.Sprintf("a.suite_id = $%d", len(w.args)))
	}
	if g.raised && g.to.Role == superAdmin {
		w.args = append(w.args, superAdmin)
		prevent = append(prevent, fmt.Sprintf(`NOT EXISTS (SELECT 1 FROM application_users o JOIN users u ON u.id = o.user_id
			WHERE o.application_id = a.id AND (u.suite_id <> a.suite_id OR u.role = $%d))`, len(w.args)))
	}
	if len(prevent) == 0 {
		return nil
	}
	w.add("(" + strings.Join(prevent, " OR ") + ")")
	found, err := selectAll(tx, func(row scanner) (a Application, err error) {
		err = row.Scan(&a.ID, &a.Name)
		return a, err
	}, "SELECT a.id, a.name FROM application_users au JOIN applications a ON a.id = au.application_id"+w.sql()+" ORDER BY a.seq", w.args...)
	if err != nil {
		return fmt.Errorf("look for applications that sign in as a user: %w", err)
	}
	if len(found) > 0 {
		return &AssignedElsewhereError{Applications: found}
	}
	return nil
}
