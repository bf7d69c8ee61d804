package seed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Apply brings the store to what the seed says, all of it or nothing. What is
// as the seed says already keeps its etag. Errors name the line that could not
// be applied.
func (s *Seed) Apply(ctx context.Context, st *store.Store, passwords *password.Hasher, now time.Time) error {
	hashes, err := s.hashes(ctx, st, passwords)
	if err != nil {
		return err
	}
	once := func() error {
		return st.Write(ctx, func(tx *store.Tx) error { return s.applyIn(tx, hashes, now) })
	}
	err = once()
	var conflict *store.ConflictError
	if errors.As(err, &conflict) {
		// Another replica may have started with the same seed, and was first.
		err = once()
	}
	return err
}

// hashes makes the password hashes that are needed, by the users' paths: before
// the transaction, since it takes long, and none for a password that the user
// has already.
func (s *Seed) hashes(ctx context.Context, st *store.Store, passwords *password.Hasher) (map[string]string, error) {
	hashes := map[string]string{}
	for path, u := range s.users() {
		if !u.Password.given {
			continue
		}
		current, err := s.findUser(st.Direct(ctx), u)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, s.failed(path, err)
		}
		// A suite admin who set the same password knows it.
		if err == nil && current.object.PasswordHash != "" && current.object.PasswordRole == rules.SuperAdmin {
			same, err := passwords.Verify(ctx, current.object.PasswordHash, u.Password.value)
			if err == nil && same {
				continue
			}
		}
		if hashes[path], err = passwords.Hash(ctx, u.Password.value); err != nil {
			return nil, s.failed(path, err)
		}
	}
	return hashes, nil
}

// users yields all users with their paths.
func (s *Seed) users() func(func(string, user) bool) {
	return func(yield func(string, user) bool) {
		for i, suite := range s.suites {
			for j, project := range suite.Projects {
				for k, u := range project.Users {
					if !yield(fmt.Sprintf("suites[%d].projects[%d].users[%d]", i, j, k), u) {
						return
					}
				}
			}
		}
	}
}

// failed names the line, or the flag, that the store refused.
func (s *Seed) failed(path string, err error) error {
	if err == nil {
		return nil
	}
	err = s.remedied(err)
	if s.administrator {
		return fmt.Errorf("%s cannot be applied: %w", flagOf(path), err)
	}
	line, column := s.position(path)
	return fmt.Errorf("%s:%d:%d: %s cannot be applied: %w", s.name, line, column, path, err)
}

// applier is one run in one transaction.
type applier struct {
	seed   *Seed
	tx     *store.Tx
	now    time.Time
	hashes map[string]string
	placed []placed
}

// placed is an application that is there, to which users can be assigned.
type placed struct {
	path    string
	id      string
	suiteID string
	// trusted reports whether the application may be given power.
	trusted bool
	users   []assignment
}

// applyIn goes through the parents first, and comes to the assignments when all
// users are there.
func (s *Seed) applyIn(tx *store.Tx, hashes map[string]string, now time.Time) error {
	a := &applier{seed: s, tx: tx, now: now, hashes: hashes}
	for i, e := range s.suites {
		path := fmt.Sprintf("suites[%d]", i)
		suiteID, err := a.suite(e)
		if err != nil {
			return s.failed(path, err)
		}
		for j, p := range e.Projects {
			if err := a.inProject(suiteID, p, fmt.Sprintf("%s.projects[%d]", path, j)); err != nil {
				return err
			}
		}
	}
	for _, p := range a.placed {
		for i, u := range p.users {
			if err := a.assign(p, u); err != nil {
				return s.failed(fmt.Sprintf("%s.users[%d]", p.path, i), err)
			}
		}
	}
	return nil
}

// inProject applies a project with what is in it.
func (a *applier) inProject(suiteID string, p project, path string) error {
	projectID, err := a.project(suiteID, p)
	if err != nil {
		return a.seed.failed(path, err)
	}
	for k, u := range p.Users {
		path := fmt.Sprintf("%s.users[%d]", path, k)
		if err := a.user(suiteID, projectID, u, path); err != nil {
			return a.seed.failed(path, err)
		}
	}
	for k, e := range p.Applications {
		path := fmt.Sprintf("%s.applications[%d]", path, k)
		there, err := a.application(suiteID, projectID, e)
		if err != nil {
			return a.seed.failed(path, err)
		}
		there.path, there.users = path, e.Users
		a.placed = append(a.placed, there)
	}
	return nil
}

// one is the only item of a list that was asked for by a unique name.
func one[T any](l store.List[T], err error) (T, error) {
	var zero T
	if err != nil {
		return zero, err
	}
	if len(l.Items) == 0 {
		return zero, store.ErrNotFound
	}
	return l.Items[0], nil
}

var first = store.Page{Limit: 1}

// own stores that an object is the seed's.
func (a *applier) own(key store.SeedKey, id string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return id, a.tx.SetSeededObject(key, id)
}

func (a *applier) suite(e suite) (string, error) {
	key := a.seed.suiteKey(e)
	current, err := a.seed.findSuite(a.tx, e)
	if errors.Is(err, store.ErrNotFound) {
		made, err := a.tx.CreateSuite(store.Suite{ID: idOr(e.ID), Name: e.Name}, a.now)
		return a.own(key, made.ID, err)
	}
	if err == nil {
		err = a.seed.adoptSuite(a.tx, current)
	}
	if err == nil && !a.seed.administrator {
		current.object.Name = e.Name
		_, err = a.tx.UpdateSuite(current.object, a.now)
	}
	return a.own(key, current.object.ID, err)
}

func (a *applier) project(suiteID string, e project) (string, error) {
	key := a.seed.projectKey(suiteID, e)
	current, err := a.seed.findProject(a.tx, suiteID, e)
	if errors.Is(err, store.ErrNotFound) {
		made, err := a.tx.CreateProject(store.Project{ID: idOr(e.ID), SuiteID: suiteID, Name: e.Name}, a.now)
		return a.own(key, made.ID, err)
	}
	if err == nil && current.object.SuiteID != suiteID {
		return "", errors.New("a project cannot move to another suite, and this one is in another")
	}
	if err == nil && !a.seed.administrator {
		current.object.Name = e.Name
		_, err = a.tx.UpdateProject(current.object, a.now)
	}
	return a.own(key, current.object.ID, err)
}

func (a *applier) user(suiteID, projectID string, e user, path string) error {
	want := store.User{
		Email: e.Email, FirstName: e.FirstName, LastName: e.LastName, Role: e.Role,
		SuiteID: suiteID, ProjectID: projectID, Enabled: orDefault(e.Enabled, true),
	}
	hash := a.hashes[path]
	current, err := a.seed.findUser(a.tx, e)
	switch {
	case errors.Is(err, store.ErrNotFound):
		want.ID = idOr(e.ID)
		if hash != "" {
			want.PasswordHash, want.PasswordRole = hash, rules.SuperAdmin
		}
		_, err = a.tx.CreateUser(want, a.now)
	case err == nil:
		want.ID = current.object.ID
		err = a.updateUser(current, want, hash)
	}
	_, err = a.own(a.seed.userKey(e), want.ID, err)
	return err
}

func (a *applier) updateUser(current found[store.User], want store.User, hash string) error {
	if a.seed.administrator {
		u := current.object
		want.FirstName, want.LastName, want.SuiteID, want.ProjectID = u.FirstName, u.LastName, u.SuiteID, u.ProjectID
	}
	if err := a.seed.adoptUser(current); err != nil {
		return err
	}
	if _, err := a.tx.UpdateUser(want, a.now); err != nil || hash == "" {
		return err
	}
	return a.tx.SetPassword(want.ID, hash, rules.SuperAdmin, a.now)
}

func (a *applier) application(suiteID, projectID string, e application) (placed, error) {
	want := store.Application{
		SuiteID: suiteID, ProjectID: projectID, Name: e.Name, AuthenticatorType: e.AuthenticatorType,
		ClientID: e.ClientID, RedirectURLs: e.RedirectURLs, AllowedOrigins: e.AllowedOrigins,
		AccessTokenLifespan:     orDefault(e.AccessTokenLifespan, validation.DefaultAccessTokenLifespan),
		RefreshTokenLifespan:    orDefault(e.RefreshTokenLifespan, validation.DefaultRefreshTokenLifespan),
		RefreshTokenGracePeriod: orDefault(e.RefreshTokenGracePeriod, validation.DefaultRefreshTokenGracePeriod),
		ManagementAccess:        e.ManagementAccess,
		ClientAuthentication:    e.authentication(),
		IntrospectionAccess:     e.IntrospectionAccess,
		FederatedCredentials:    e.credentials(),
		PublicKeys:              e.publicKeys(),
	}
	current, err := a.seed.findApplication(a.tx, projectID, e)
	there := placed{suiteID: suiteID, trusted: true}
	switch {
	case errors.Is(err, store.ErrNotFound):
		want.ID = idOr(e.ID)
		err = a.createApplication(want, e)
	case err == nil:
		want.ID = current.object.ID
		if a.seed.administrator {
			want = current.object
			want.ManagementAccess = e.ManagementAccess
			want.ClientID = e.ClientID
			there.suiteID = want.SuiteID
			if e.ClientSecret.given {
				want.ClientAuthentication = rules.SecretAuthentication
			}
		}
		there.trusted, err = a.updateApplication(current, want, e)
	}
	there.id, err = a.own(a.seed.applicationKey(projectID, e), want.ID, err)
	return there, err
}

// updateApplication reports whether the application may be given power: super
// admins manage it, or no user of a lower role can authenticate as it any more.
func (a *applier) updateApplication(current found[store.Application], want store.Application, e application) (trusted bool, err error) {
	if err := a.seed.adoptApplication(current); err != nil {
		return false, err
	}
	if current.object.AuthenticatorType != e.AuthenticatorType {
		return false, fmt.Errorf("the authenticator type of an application cannot change, and this one's is %s", current.object.AuthenticatorType)
	}
	managed, err := a.tx.HasUserBeyond(current.object.ID, current.object.SuiteID, rules.SuperAdmin)
	if err != nil {
		return false, err
	}
	trusted = managed || replacesSecret(e)
	if a.seed.administrator && !managed {
		want.FederatedCredentials, want.PublicKeys = nil, nil // a suite admin may have added them
	}
	gainsAccess := want.ManagementAccess && !current.object.ManagementAccess
	if moves := want.SuiteID != current.object.SuiteID; !trusted && (gainsAccess || moves) {
		return false, errKnownSecret
	}
	if want.ClientID == "" {
		want.ClientID = current.object.ClientID
	}
	if _, err := a.tx.UpdateApplication(want, a.now); err != nil {
		return false, err
	}
	return trusted, setSecret(a.tx, current.object, e.ClientSecret, a.now)
}

func (a *applier) createApplication(want store.Application, e application) error {
	if want.ClientID == "" {
		want.ClientID = random.ClientID()
	}
	switch {
	case want.ClientAuthentication != rules.SecretAuthentication:
	case e.ClientSecret.given:
		want.SecretHash = e.ClientSecret.sum()
	default:
		want.SecretHash = store.Hash(random.ClientSecret()) // unknown to all until it is rotated
	}
	_, err := a.tx.CreateApplication(want, a.now)
	return err
}

// setSecret makes a given secret the application's, unless it is already.
func setSecret(tx *store.Tx, current store.Application, s secret, now time.Time) error {
	if !s.given || bytes.Equal(current.SecretHash, s.sum()) {
		return nil
	}
	_, err := tx.RotateSecret(current.ID, s.sum(), time.Time{}, now)
	return err
}

func (a *applier) assign(to placed, e assignment) error {
	user, err := a.tx.UserByEmail(e.Email)
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("no user has this email address, in the seed or in the store")
	}
	if err != nil {
		return err
	}
	if err := a.mayAssign(to, user); err != nil {
		return err
	}
	set := store.AssignmentSet{UserID: user.ID, Enabled: orDefault(e.Enabled, true)}
	_, _, err = a.tx.PutAssignment(to.id, set, a.now)
	return err
}

// mayAssign judges a new assignment that only a super admin could make: that of
// a super admin, or of a user of another suite.
func (a *applier) mayAssign(to placed, u store.User) error {
	if u.Role != rules.SuperAdmin && u.SuiteID == to.suiteID {
		return nil
	}
	if _, err := a.tx.Assignment(to.id, u.ID); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if !to.trusted {
		return errKnownSecret
	}
	if u.Role == rules.SuperAdmin {
		return nil
	}
	own, err := a.tx.IsSeeded(store.UserObject, u.ID)
	if err != nil || own {
		return err
	}
	return fmt.Errorf("the user was not created here and is of another suite, whose suite admins manage this user; "+
		"assign the user by the management API, or list the user in this file with its id (id: %s)", u.ID)
}

func idOr(given string) string {
	if given == "" {
		return random.ID()
	}
	return given
}
