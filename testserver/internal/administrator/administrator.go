// Package administrator makes sure that a server has somebody who may use its
// management API: a super admin and an application of the User Credentials type
// with management access, in a suite and a project of their own. It knows the
// store and the rules of values, and nothing of how it was asked.
package administrator

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// What the administrator's objects are called.
const (
	// Place is the name of suite and project.
	Place = "atm-administration"
	// ApplicationName is the application's.
	ApplicationName = "administrator"
	// DefaultLoginID is the user's e-mail unless one is given; the domain is
	// reserved (RFC 2606 §3).
	DefaultLoginID = "administrator@example.com"
)

// Credentials are what the administrator signs in with.
type Credentials struct {
	ClientID string
	// ClientSecret is empty where the store has one of which only the hash is
	// known.
	ClientSecret string
	LoginID      string

	// secretHash is what the store has, so that credentials that Ensure
	// returned can be wished for again when it has been emptied.
	secretHash [sha256.Size]byte
}

func (c Credentials) check() error {
	if c.ClientID != "" {
		if err := validation.ObjectID(c.ClientID); err != nil {
			return fmt.Errorf("the administrator's client id %w", err)
		}
	}
	if c.ClientSecret != "" {
		if err := validation.ClientSecret(c.ClientSecret); err != nil {
			return fmt.Errorf("the administrator's client secret %w", err)
		}
	}
	if c.LoginID != "" {
		if err := validation.Email(c.LoginID); err != nil {
			return fmt.Errorf("the administrator's login id %w", err)
		}
	}
	return nil
}

// Ensure brings the store's administrator in line with what is wanted: what was
// taken from it is given back, and the same wishes change nothing. What is not
// wanted in particular is made up where there is no administrator yet. Without
// any wish, a store that has had one is left as it is.
func Ensure(ctx context.Context, s *store.Store, wanted Credentials, now time.Time) (Credentials, error) {
	if err := wanted.check(); err != nil {
		return Credentials{}, err
	}
	got, err := ensure(ctx, s, wanted, now)
	var conflict *store.ConflictError
	if errors.As(err, &conflict) && conflict.Kind == store.NameTaken {
		// Another replica starts as well, and was first.
		got, err = ensure(ctx, s, wanted, now)
	}
	if err != nil {
		return Credentials{}, fmt.Errorf("administrator: %w", err)
	}
	return got, nil
}

func ensure(ctx context.Context, s *store.Store, wanted Credentials, now time.Time) (got Credentials, err error) {
	err = s.Write(ctx, func(tx *store.Tx) error {
		got = wanted
		e := &ensuring{tx: tx, wanted: &got, now: now}
		if wanted == (Credentials{}) {
			if known, err := e.look(); known || err != nil {
				return err
			}
		}
		for _, step := range []func() error{e.place, e.application, e.user, e.assignment} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	return got, err
}

// ensuring is one transaction on its way. wanted is filled in as things become
// known.
type ensuring struct {
	tx            *store.Tx
	wanted        *Credentials
	now           time.Time
	project       store.Project
	applicationID string
	userID        string
}

// look tells whether the store has a place for the administrator, and finds
// out about it without changing anything.
func (e *ensuring) look() (known bool, err error) {
	suites, err := e.tx.Suites(store.SuiteFilter{Scope: store.Everything(), Name: Place}, one)
	if err != nil || len(suites.Items) == 0 {
		return false, err
	}
	in := suites.Items[0].ID
	applications, err := e.tx.Applications(store.ApplicationFilter{Scope: store.Everything(), SuiteID: in, Name: ApplicationName}, one)
	if err != nil {
		return true, err
	}
	for _, a := range applications.Items {
		e.wanted.ClientID = a.ClientID
		copy(e.wanted.secretHash[:], a.SecretHash)
	}
	users, err := e.tx.Users(store.UserFilter{Scope: store.Everything(), SuiteID: in}, one)
	for _, u := range users.Items {
		e.wanted.LoginID = u.Email
	}
	return true, err
}

// one is the page of a list that can have one item at most, or whose first
// counts.
var one = store.Page{Limit: 1}

func (e *ensuring) place() error {
	suites, err := e.tx.Suites(store.SuiteFilter{Scope: store.Everything(), Name: Place}, one)
	if err != nil {
		return err
	}
	var suite store.Suite
	if len(suites.Items) > 0 {
		suite = suites.Items[0]
	} else if suite, err = e.tx.CreateSuite(store.Suite{ID: random.ID(), Name: Place}, e.now); err != nil {
		return err
	}
	projects, err := e.tx.Projects(store.ProjectFilter{Scope: store.Everything(), SuiteID: suite.ID, Name: Place}, one)
	if err != nil {
		return err
	}
	if len(projects.Items) > 0 {
		e.project = projects.Items[0]
		return nil
	}
	e.project, err = e.tx.CreateProject(store.Project{ID: random.ID(), SuiteID: suite.ID, Name: Place}, e.now)
	return err
}

func (e *ensuring) application() error {
	found, err := e.tx.Applications(store.ApplicationFilter{
		Scope: store.Everything(), ProjectID: e.project.ID, Name: ApplicationName,
	}, one)
	if err != nil {
		return err
	}
	if len(found.Items) == 0 {
		return e.createApplication()
	}
	a := found.Items[0]
	if a.AuthenticatorType != rules.UserCredentials {
		return fmt.Errorf("the application %s in %s has another authenticator type than User Credentials", ApplicationName, Place)
	}
	e.applicationID = a.ID
	a.ManagementAccess = true
	if e.wanted.ClientID != "" {
		a.ClientID = e.wanted.ClientID
	}
	e.wanted.ClientID = a.ClientID
	if _, err := e.tx.UpdateApplication(a, e.now); err != nil {
		return err
	}
	copy(e.wanted.secretHash[:], a.SecretHash)
	if e.wanted.ClientSecret == "" {
		return nil
	}
	wanted := store.Hash(e.wanted.ClientSecret)
	if subtle.ConstantTimeCompare(a.SecretHash, wanted) == 1 {
		return nil
	}
	copy(e.wanted.secretHash[:], wanted)
	_, err = e.tx.RotateSecret(a.ID, wanted, time.Time{}, e.now)
	return err
}

func (e *ensuring) createApplication() error {
	if e.wanted.ClientID == "" {
		e.wanted.ClientID = random.ClientID()
	}
	if e.wanted.ClientSecret == "" && e.wanted.secretHash == [sha256.Size]byte{} {
		e.wanted.ClientSecret = random.ClientSecret()
	}
	if e.wanted.ClientSecret != "" {
		copy(e.wanted.secretHash[:], store.Hash(e.wanted.ClientSecret))
	}
	a, err := e.tx.CreateApplication(store.Application{
		ID: random.ID(), SuiteID: e.project.SuiteID, ProjectID: e.project.ID, Name: ApplicationName,
		AuthenticatorType: rules.UserCredentials, ManagementAccess: true,
		AccessTokenLifespan:  rules.DefaultAccessTokenLifespan,
		RefreshTokenLifespan: rules.DefaultRefreshTokenLifespan,
		ClientID:             e.wanted.ClientID, SecretHash: e.wanted.secretHash[:],
	}, e.now)
	e.applicationID = a.ID
	return err
}

// user finds the administrator: who has the wanted login id, else who is in
// the place already, else a new one.
func (e *ensuring) user() error {
	u, err := e.findUser()
	if errors.Is(err, store.ErrNotFound) {
		return e.createUser()
	}
	if err != nil {
		return err
	}
	e.userID = u.ID
	if e.wanted.LoginID != "" {
		u.Email = e.wanted.LoginID
	}
	e.wanted.LoginID = u.Email
	u.Role, u.Enabled = rules.SuperAdmin, true
	_, err = e.tx.UpdateUser(u, e.now)
	return err
}

func (e *ensuring) findUser() (store.User, error) {
	if e.wanted.LoginID != "" {
		u, err := e.tx.UserByEmail(e.wanted.LoginID)
		if !errors.Is(err, store.ErrNotFound) {
			return u, err
		}
	}
	users, err := e.tx.Users(store.UserFilter{Scope: store.Everything(), ProjectID: e.project.ID}, one)
	if err != nil {
		return store.User{}, err
	}
	if len(users.Items) == 0 {
		return store.User{}, store.ErrNotFound
	}
	return users.Items[0], nil
}

func (e *ensuring) createUser() error {
	if e.wanted.LoginID == "" {
		e.wanted.LoginID = DefaultLoginID
	}
	u, err := e.tx.CreateUser(store.User{
		ID: random.ID(), SuiteID: e.project.SuiteID, ProjectID: e.project.ID,
		Email: e.wanted.LoginID, FirstName: "Administrator", Role: rules.SuperAdmin, Enabled: true,
	}, e.now)
	e.userID = u.ID
	return err
}

func (e *ensuring) assignment() error {
	_, _, err := e.tx.PutAssignment(e.applicationID, store.AssignmentSet{UserID: e.userID, Enabled: true}, e.now)
	return err
}
