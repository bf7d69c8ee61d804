package store

import (
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// User is who signs in.
type User struct {
	ID        string
	Email     string // unique by validation.EmailKey; kept as it was given, in NFC
	FirstName string
	LastName  string
	Role      string // super_admin, suite_admin or system_user
	SuiteID   string
	ProjectID string // of that suite
	Enabled   bool
	// PasswordHash is empty for a user who has no password. PasswordRole is the
	// role of the caller who set the password: this caller knows it.
	PasswordHash, PasswordRole string
	Meta
}

// UserFilter selects users; what is empty selects all.
type UserFilter struct {
	Scope     Scope
	Email     string // compared by validation.EmailKey
	SuiteID   string
	ProjectID string
	IDs       []string // nil: all
}

var users = table[User, *User]{name: "users", kind: UserObject, columns: userColumns, scan: scanUser, inUse: ErrReference}

const userColumns = `id, email, first_name, last_name, role, suite_id, project_id, enabled, password_hash,
	password_role, ` + metaColumns

func (u *User) key() string { return u.ID }

func (u *User) columns() []column {
	return append(u.profile(), column{"password_hash", textOrNull(u.PasswordHash)}, column{"password_role", textOrNull(u.PasswordRole)})
}

// profile are the columns that UpdateUser changes. Where they are the same it
// has nothing to change.
func (u *User) profile() []column {
	return []column{
		{"email", u.Email}, {"email_key", validation.EmailKey(u.Email)},
		{"first_name", u.FirstName}, {"last_name", u.LastName}, {"role", u.Role},
		{"suite_id", u.SuiteID}, {"project_id", u.ProjectID}, {"enabled", u.Enabled},
	}
}

func scanUser(row scanner) (User, error) {
	var u User
	var password, passwordRole sql.NullString
	var m metaRow
	err := row.Scan(append([]any{&u.ID, &u.Email, &u.FirstName, &u.LastName, &u.Role, &u.SuiteID, &u.ProjectID,
		&u.Enabled, &password, &passwordRole}, m.dest()...)...)
	u.PasswordHash, u.PasswordRole = password.String, passwordRole.String
	u.Meta = m.meta()
	return u, err
}

// normalize gives the user's texts the form in which they are stored.
func (u *User) normalize() {
	u.Email, u.FirstName, u.LastName = validation.NFC(u.Email), validation.NFC(u.FirstName), validation.NFC(u.LastName)
}

func userWithEmail(email, except string) taken {
	return taken{EmailTaken, "SELECT id, created_at FROM users WHERE email_key = $1 AND id <> $2",
		[]any{validation.EmailKey(email), except}}
}

// CreateUser stores a new user and returns it with its etag and times. A taken
// email address or id is a *ConflictError; a project that is not one of the
// suite is ErrReference.
func (tx *Tx) CreateUser(u User, now time.Time) (User, error) {
	u.normalize()
	if err := users.insert(tx, &u, now, userWithEmail(u.Email, "")); err != nil {
		return User{}, err
	}
	return u, nil
}

// User reads a user; ErrNotFound. One statement.
func (tx *Tx) User(id string) (User, error) {
	return users.read(tx, "id", id)
}

// UserByEmail reads the user with this email address; ErrNotFound. One statement.
func (tx *Tx) UserByEmail(email string) (User, error) {
	return users.read(tx, "email_key", validation.EmailKey(email))
}

// UserForUpdate reads a user and keeps others from changing it until the
// transaction ends.
func (tx *Tx) UserForUpdate(id string) (User, error) {
	return users.lock(tx, id)
}

// UsersByID reads those of the users that exist, by their ids. One statement.
func (tx *Tx) UsersByID(ids []string) (map[string]User, error) {
	if len(ids) == 0 {
		return map[string]User{}, nil
	}
	var w where
	w.in("id", ids)
	all, err := selectAll(tx, scanUser, "SELECT "+userColumns+" FROM users"+w.sql(), w.args...)
	return byID(all, err, func(u User) string { return u.ID })
}

// UsersForUpdate reads those of the users that exist, by their ids, and keeps
// others from changing them until the transaction ends.
func (tx *Tx) UsersForUpdate(ids []string) (map[string]User, error) {
	if err := tx.inWrite(); err != nil {
		return nil, err
	}
	all := map[string]User{}
	for chunk := range slices.Chunk(ids, maxListed) {
		var w where
		w.in("id", chunk)
		users, err := changeAll(tx, scanUser, "UPDATE users SET etag = etag"+w.sql()+" RETURNING "+userColumns, w.args...)
		if err != nil {
			return nil, fmt.Errorf("read users: %w", err)
		}
		for _, u := range users {
			all[u.ID] = u
		}
	}
	return all, nil
}

// Users lists users.
func (tx *Tx) Users(f UserFilter, page Page) (List[User], error) {
	var w where
	w.scope(f.Scope, "suite_id", "project_id")
	if f.Email != "" {
		w.equal("email_key", validation.EmailKey(f.Email))
	}
	w.equal("suite_id", f.SuiteID)
	w.equal("project_id", f.ProjectID)
	w.in("id", f.IDs)
	return users.list(tx, w, page)
}

// UpdateUser gives a user all fields of u but the password, and returns it.
// Disabling ends the user's sign-ins, and so does enabling: on PostgreSQL a
// sign-in may store one while the user is being disabled. So do a higher role
// and another suite, which take a password away too that a caller of a lower
// role set. They are an *AssignedElsewhereError while someone of a lower role
// can sign in as the user by an application. Where all fields are the same
// nothing changes, the etag included. Other errors are those of CreateUser.
func (tx *Tx) UpdateUser(u User, now time.Time) (User, error) {
	cur, err := users.lock(tx, u.ID)
	if err != nil {
		return User{}, err
	}
	u.normalize()
	if slices.Equal(cur.profile(), u.profile()) {
		return cur, nil
	}
	if err := tx.free(userWithEmail(u.Email, u.ID)); err != nil {
		return User{}, err
	}
	u.PasswordHash, u.PasswordRole, u.Meta = cur.PasswordHash, cur.PasswordRole, cur.Meta
	gain := gainOf(cur, u)
	if err := tx.mayGain(gain); err != nil {
		return User{}, err
	}
	if gain.knownPassword() {
		u.PasswordHash, u.PasswordRole = "", ""
	}
	if err := users.update(tx, &u, now); err != nil {
		return User{}, err
	}
	switch {
	case cur.Enabled != u.Enabled:
		err = tx.endSignIns(u.ID, "user disabled", now)
	case gain.raised:
		err = tx.endSignIns(u.ID, "role raised", now)
	case gain.moved:
		err = tx.endSignIns(u.ID, "moved to another suite", now)
	}
	return u, err
}

// HasOtherUserWithRole reports whether there is an enabled user of that role
// beside the given one, and keeps others from changing those there are until
// the transaction ends: of two that leave a role at once, one is seen to be the
// last.
func (tx *Tx) HasOtherUserWithRole(role, except string) (bool, error) {
	if err := tx.inWrite(); err != nil {
		return false, err
	}
	n, err := tx.exec("UPDATE users SET etag = etag WHERE role = $1 AND enabled AND id <> $2", role, except)
	if err != nil {
		return false, fmt.Errorf("look for another user of a role: %w", err)
	}
	return n > 0, nil
}

// RolesInSuite lists the roles that users of a suite have, enabled or not. One
// statement.
func (tx *Tx) RolesInSuite(suiteID string) ([]string, error) {
	all, err := selectAll(tx, scanValue[string], "SELECT DISTINCT role FROM users WHERE suite_id = $1 ORDER BY role", suiteID)
	if err != nil {
		return nil, fmt.Errorf("list the roles in a suite: %w", err)
	}
	return all, nil
}

// SetPassword gives a user another password, which a caller of that role knows;
// ErrNotFound. A password is no field that the object shows: etag and update
// time stay. It ends the token families that began with a password, on the
// sign-in page; those of the user-credentials flow, in which no password is
// asked for, go on.
func (tx *Tx) SetPassword(id, hash, role string, now time.Time) error {
	if err := tx.inWrite(); err != nil {
		return err
	}
	n, err := tx.exec("UPDATE users SET password_hash = $2, password_role = $3 WHERE id = $1", id, textOrNull(hash), role)
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	if n == 0 {
		return ErrNotFound
	}
	if err := tx.deleteCodesOf(id); err != nil {
		return err
	}
	return tx.endFamiliesOf(familySelection{userIDs: []string{id}, grantType: "authorization_code"}, "password reset", now)
}

// DeleteUser deletes a user with assignments, token families, codes and
// idempotency keys; ErrNotFound.
func (tx *Tx) DeleteUser(id string) error { return users.delete(tx, id) }
