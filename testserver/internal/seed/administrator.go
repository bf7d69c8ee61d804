package seed

import (
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// AdministratorKey is the key under which the store has the ids of the
// administrator's suite, project, application and user.
func AdministratorKey(what store.ObjectType) store.SeedKey {
	return store.SeedKey{Source: "administrator", Type: what, Key: "administrator"}
}

// Administrator is the seed of the --admin-* flags: a super admin, and an
// application of the User Credentials type with management access that signs
// the super admin in, in a suite and a project of their own. Existing objects
// keep what it does not name: their names, their places, their lifespans.
type Administrator struct {
	// Place is the name of suite and project, ApplicationName the
	// application's, where they are created.
	Place, ApplicationName string
	ClientID, Email        string
	// Secret is the client secret, SecretHash that of one that is not known any
	// more. Without either, the application keeps its secret.
	Secret     string
	SecretHash []byte
}

// ApplyIn brings the store to it in a transaction. Errors name the flag.
func (m Administrator) ApplyIn(tx *store.Tx, now time.Time) error {
	s := &Seed{administrator: true, suites: []suite{{
		Name: m.Place,
		Projects: []project{{
			Name:  m.Place,
			Users: []user{{Email: m.Email, FirstName: "Administrator", Role: rules.SuperAdmin}},
			Applications: []application{{
				Name: m.ApplicationName, AuthenticatorType: rules.UserCredentials, ManagementAccess: true, ClientID: m.ClientID,
				ClientSecret: secret{given: m.Secret != "" || m.SecretHash != nil, value: m.Secret, hash: m.SecretHash},
				Users:        []assignment{{Email: m.Email}},
			}},
		}},
	}}}
	return s.applyIn(tx, nil, now)
}

// flagOf names the flags that the object at a path comes from.
func flagOf(path string) string {
	switch {
	case strings.Contains(path, "applications"):
		return "the administrator's application (--admin-client-id, --admin-client-secret)"
	case strings.Contains(path, "users"):
		return "the administrator's user (--admin-login-id)"
	}
	return "the administrator's suite (--admin-client-id, --admin-client-secret, --admin-login-id)"
}
