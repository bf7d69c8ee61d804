// Package administrator makes sure that a server has a user with access to its
// management API: a super admin and an application of the User Credentials type
// with management access, in a suite and a project of their own. It completes
// the credentials, and package seed brings the store to them. It knows the
// store and the rules of values, and nothing of flags.
package administrator

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/seed"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Names of the administrator's objects.
const (
	// Place is the name of suite and project.
	Place = "atm-administration"
	// ApplicationName is the application's.
	ApplicationName = "administrator"
	// DefaultLoginID is the user's default email address; the domain is
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
		current, err := look(tx)
		if err != nil {
			return err
		}
		if wanted == (Credentials{}) && current.known {
			got = current.credentials()
			return nil
		}
		if err := current.release(tx, wanted.LoginID); err != nil {
			return err
		}
		got = current.completed(wanted)
		seeded := seed.Administrator{
			Place: Place, ApplicationName: ApplicationName, ClientID: got.ClientID, Email: got.LoginID, Secret: got.ClientSecret,
		}
		if current.application == nil && got.ClientSecret == "" {
			seeded.SecretHash = got.secretHash[:]
		}
		if err := seeded.ApplyIn(tx, now); err != nil {
			return err
		}
		made, err := tx.ApplicationByClientID(got.ClientID)
		copy(got.secretHash[:], made.SecretHash)
		return err
	})
	return got, err
}

// objects are the administrator's, as the store has them before a start.
type objects struct {
	// known reports whether the store has had an administrator.
	known       bool
	application *store.Application // nil: none
	user        *store.User
}

// look finds the administrator's objects by the ids that the store has.
func look(tx *store.Tx) (objects, error) {
	var o objects
	_, err := tx.SeededObject(seed.AdministratorKey(store.SuiteObject))
	if errors.Is(err, store.ErrNotFound) {
		if o.known, err = adopt(tx); err != nil || !o.known {
			return o, err
		}
	}
	if err != nil {
		return o, err
	}
	o.known = true
	if o.application, err = read(tx, store.ApplicationObject, tx.Application); err != nil {
		return o, err
	}
	o.user, err = read(tx, store.UserObject, tx.User)
	return o, err
}

// read returns nil where the administrator has no such object.
func read[T any](tx *store.Tx, what store.ObjectType, byID func(string) (T, error)) (*T, error) {
	id, err := tx.SeededObject(seed.AdministratorKey(what))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	object, err := byID(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &object, err
}

// release lets go of the administrator's user where another user has the
// wanted login id: the seed decides whether that one can be the administrator.
func (o *objects) release(tx *store.Tx, loginID string) error {
	if loginID == "" {
		return nil
	}
	other, err := tx.UserByEmail(loginID)
	if errors.Is(err, store.ErrNotFound) || (err == nil && o.user != nil && other.ID == o.user.ID) {
		return nil
	}
	if err != nil {
		return err
	}
	o.user = nil
	return tx.DeleteSeededObject(seed.AdministratorKey(store.UserObject))
}

func (o *objects) credentials() Credentials {
	var c Credentials
	if o.application != nil {
		c.ClientID = o.application.ClientID
		copy(c.secretHash[:], o.application.SecretHash)
	}
	if o.user != nil {
		c.LoginID = o.user.Email
	}
	return c
}

// completed makes up what is not wanted in particular and not there yet.
func (o *objects) completed(wanted Credentials) Credentials {
	current := o.credentials()
	wanted.ClientID = cmp.Or(wanted.ClientID, current.ClientID)
	wanted.LoginID = cmp.Or(wanted.LoginID, current.LoginID, DefaultLoginID)
	if wanted.ClientID == "" {
		wanted.ClientID = random.ClientID()
	}
	if o.application == nil && wanted.ClientSecret == "" && wanted.secretHash == [sha256.Size]byte{} {
		wanted.ClientSecret = random.ClientSecret()
	}
	return wanted
}
