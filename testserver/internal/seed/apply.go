package seed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

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
		return st.Write(ctx, func(tx *store.Tx) error {
			a := applier{seed: s, tx: tx, now: now, hashes: hashes}
			return a.apply()
		})
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
		current, err := findUser(st.Direct(ctx), u)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, s.failed(path, err)
		}
		if err == nil && current.PasswordHash != "" {
			same, err := passwords.Verify(ctx, current.PasswordHash, u.Password.value)
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

// failed names the line that the store refused.
func (s *Seed) failed(path string, err error) error {
	if err == nil {
		return nil
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
}

// apply goes through the parents first, and comes to the assignments when all
// users are there.
func (a *applier) apply() error {
	type placed struct {
		path string
		id   string
		app  application
	}
	var applications []placed
	for i, s := range a.seed.suites {
		path := fmt.Sprintf("suites[%d]", i)
		suiteID, err := a.suite(s)
		if err != nil {
			return a.seed.failed(path, err)
		}
		for j, p := range s.Projects {
			path := fmt.Sprintf("%s.projects[%d]", path, j)
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
			for k, app := range p.Applications {
				path := fmt.Sprintf("%s.applications[%d]", path, k)
				id, err := a.application(suiteID, projectID, app)
				if err != nil {
					return a.seed.failed(path, err)
				}
				applications = append(applications, placed{path, id, app})
			}
		}
	}
	for _, p := range applications {
		for i, u := range p.app.Users {
			if err := a.assign(p.id, u); err != nil {
				return a.seed.failed(fmt.Sprintf("%s.users[%d]", p.path, i), err)
			}
		}
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

func (a *applier) suite(s suite) (string, error) {
	current, err := a.tx.Suite(s.ID)
	if s.ID == "" {
		current, err = one(a.tx.Suites(store.SuiteFilter{Scope: store.Everything(), Name: s.Name}, first))
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		made, err := a.tx.CreateSuite(store.Suite{ID: idOr(s.ID), Name: s.Name}, a.now)
		return made.ID, err
	case err != nil:
		return "", err
	}
	current.Name = s.Name
	_, err = a.tx.UpdateSuite(current, a.now)
	return current.ID, err
}

func (a *applier) project(suiteID string, p project) (string, error) {
	current, err := a.tx.Project(p.ID)
	if p.ID == "" {
		current, err = one(a.tx.Projects(store.ProjectFilter{Scope: store.Everything(), SuiteID: suiteID, Name: p.Name}, first))
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		made, err := a.tx.CreateProject(store.Project{ID: idOr(p.ID), SuiteID: suiteID, Name: p.Name}, a.now)
		return made.ID, err
	case err != nil:
		return "", err
	case current.SuiteID != suiteID:
		return "", errors.New("a project stays in its suite, and this one is in another")
	}
	current.Name = p.Name
	_, err = a.tx.UpdateProject(current, a.now)
	return current.ID, err
}

// findUser finds the user that the seed means: by id where it has one.
func findUser(tx *store.Tx, u user) (store.User, error) {
	if u.ID != "" {
		return tx.User(u.ID)
	}
	return tx.UserByEmail(u.Email)
}

func (a *applier) user(suiteID, projectID string, u user, path string) error {
	want := store.User{
		Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Role: u.Role,
		SuiteID: suiteID, ProjectID: projectID, Enabled: orDefault(u.Enabled, true),
	}
	current, err := findUser(a.tx, u)
	if errors.Is(err, store.ErrNotFound) {
		want.ID = idOr(u.ID)
		if hash := a.hashes[path]; hash != "" {
			want.PasswordHash, want.PasswordRole = hash, rules.SuperAdmin
		}
		_, err := a.tx.CreateUser(want, a.now)
		return err
	}
	if err != nil {
		return err
	}
	want.ID = current.ID
	if _, err := a.tx.UpdateUser(want, a.now); err != nil {
		return err
	}
	if hash := a.hashes[path]; hash != "" {
		return a.tx.SetPassword(current.ID, hash, rules.SuperAdmin, a.now)
	}
	return nil
}

func (a *applier) application(suiteID, projectID string, p application) (string, error) {
	want := store.Application{
		SuiteID: suiteID, ProjectID: projectID, Name: p.Name, AuthenticatorType: p.AuthenticatorType,
		ClientID: p.ClientID, RedirectURLs: p.RedirectURLs, AllowedOrigins: p.AllowedOrigins,
		AccessTokenLifespan:     orDefault(p.AccessTokenLifespan, rules.DefaultAccessTokenLifespan),
		RefreshTokenLifespan:    orDefault(p.RefreshTokenLifespan, rules.DefaultRefreshTokenLifespan),
		RefreshTokenGracePeriod: orDefault(p.RefreshTokenGracePeriod, rules.DefaultRefreshTokenGracePeriod),
		ManagementAccess:        p.ManagementAccess,
	}
	current, err := a.findApplication(projectID, p)
	if errors.Is(err, store.ErrNotFound) {
		want.ID = idOr(p.ID)
		return want.ID, a.createApplication(want, p)
	}
	if err != nil {
		return "", err
	}
	if current.AuthenticatorType != p.AuthenticatorType {
		return "", fmt.Errorf("the authenticator type of an application is fixed, and this one's is %s", current.AuthenticatorType)
	}
	want.ID = current.ID
	if want.ClientID == "" {
		want.ClientID = current.ClientID
	}
	if _, err := a.tx.UpdateApplication(want, a.now); err != nil {
		return "", err
	}
	return current.ID, setSecret(a.tx, current, p.ClientSecret, a.now)
}

// findApplication finds the application that the seed means: by id, else by
// client id, else by its name in the project.
func (a *applier) findApplication(projectID string, p application) (store.Application, error) {
	switch {
	case p.ID != "":
		return a.tx.Application(p.ID)
	case p.ClientID != "":
		return a.tx.ApplicationByClientID(p.ClientID)
	}
	return one(a.tx.Applications(store.ApplicationFilter{Scope: store.Everything(), ProjectID: projectID, Name: p.Name}, first))
}

func (a *applier) createApplication(want store.Application, p application) error {
	if want.ClientID == "" {
		want.ClientID = random.ClientID()
	}
	value := p.ClientSecret.value
	if !p.ClientSecret.given {
		value = random.ClientSecret() // known to nobody until it is rotated
	}
	want.SecretHash = store.Hash(value)
	_, err := a.tx.CreateApplication(want, a.now)
	return err
}

// setSecret makes a given secret the application's, unless it is already.
func setSecret(tx *store.Tx, current store.Application, s secret, now time.Time) error {
	if !s.given || bytes.Equal(current.SecretHash, store.Hash(s.value)) {
		return nil
	}
	_, err := tx.RotateSecret(current.ID, store.Hash(s.value), time.Time{}, now)
	return err
}

func (a *applier) assign(applicationID string, u assignment) error {
	user, err := a.tx.UserByEmail(u.Email)
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("there is no user with this e-mail, in the seed or in the store")
	}
	if err != nil {
		return err
	}
	set := store.AssignmentSet{UserID: user.ID, Enabled: orDefault(u.Enabled, true)}
	_, _, err = a.tx.PutAssignment(applicationID, set, a.now)
	return err
}

func idOr(given string) string {
	if given == "" {
		return random.ID()
	}
	return given
}
