package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// Application is what signs users in, or itself.
type Application struct {
	ID        string
	SuiteID   string
	ProjectID string // of that suite
	Name      string // unique in the project
	// AuthenticatorType is user_credentials, client_credentials,
	// authorization_code or authorization_code_pkce; it never changes.
	AuthenticatorType string
	// RedirectURLs and AllowedOrigins keep their order; that of RedirectURLs
	// means nothing.
	RedirectURLs   []string
	AllowedOrigins []string
	// AccessTokenLifespan, RefreshTokenLifespan and RefreshTokenGracePeriod
	// are in seconds.
	AccessTokenLifespan     int64
	RefreshTokenLifespan    int64
	RefreshTokenGracePeriod int64
	ManagementAccess        bool
	// ClientAuthentication is secret, none or assertion.
	ClientAuthentication string
	// IntrospectionAccess lets the application introspect the tokens of all
	// applications of its suite.
	IntrospectionAccess bool
	// FederatedCredentials and PublicKeys verify assertions; neither has
	// anything for a public client.
	FederatedCredentials []FederatedCredential
	PublicKeys           []PublicKey
	ClientID             string // unique
	// SecretHash is the SHA-256 of the client secret. The secret before it is
	// good until PreviousSecretExpiresAt; nil and zero where there is none.
	SecretHash              []byte
	PreviousSecretHash      []byte
	PreviousSecretExpiresAt time.Time
	// SecretVersion counts the secrets that the application has had, one that
	// is deleted included.
	SecretVersion int64
	Meta
}

// ApplicationFilter selects applications; what is empty selects all.
type ApplicationFilter struct {
	Scope             Scope
	Name              string
	SuiteID           string
	ProjectID         string
	AuthenticatorType string
	IDs               []string // nil: all
}

var applications = table[Application, *Application]{name: "applications", kind: ApplicationObject, columns: applicationColumns, scan: scanApplication, inUse: ErrHasUsers}

const applicationColumns = `id, suite_id, project_id, name, authenticator_type, redirect_urls,
	allowed_origins, access_token_lifespan, refresh_token_lifespan, refresh_token_grace_period,
	management_access, client_authentication, introspection_access, federated_credentials, public_keys, client_id,
	secret_hash, previous_secret_hash, previous_secret_expires_at, secret_version, ` + metaColumns

func (a *Application) key() string { return a.ID }

func (a *Application) columns() []column {
	return append(a.settings(), column{"authenticator_type", a.AuthenticatorType},
		column{"secret_hash", bytesOrNull(a.SecretHash)}, column{"previous_secret_hash", bytesOrNull(a.PreviousSecretHash)},
		column{"previous_secret_expires_at", microsOrNull(a.PreviousSecretExpiresAt)}, column{"secret_version", a.SecretVersion})
}

// settings are the columns that UpdateApplication changes. Where they are the
// same it has nothing to change.
func (a *Application) settings() []column {
	return []column{
		{"suite_id", a.SuiteID},
		{"project_id", a.ProjectID},
		{"name", a.Name},
		{"redirect_urls", textFromList(a.RedirectURLs)},
		{"allowed_origins", textFromList(a.AllowedOrigins)},
		{"access_token_lifespan", a.AccessTokenLifespan},
		{"refresh_token_lifespan", a.RefreshTokenLifespan},
		{"refresh_token_grace_period", a.RefreshTokenGracePeriod},
		{"management_access", a.ManagementAccess},
		{"client_authentication", a.ClientAuthentication},
		{"introspection_access", a.IntrospectionAccess},
		{"federated_credentials", jsonText(a.FederatedCredentials)},
		{"public_keys", jsonText(a.PublicKeys)},
		{"client_id", a.ClientID},
	}
}

func scanApplication(row scanner) (Application, error) {
	var a Application
	var redirects, origins, credentials, keys string
	var previousExpires sql.NullInt64
	var m metaRow
	err := row.Scan(append([]any{&a.ID, &a.SuiteID, &a.ProjectID, &a.Name, &a.AuthenticatorType, &redirects, &origins,
		&a.AccessTokenLifespan, &a.RefreshTokenLifespan, &a.RefreshTokenGracePeriod, &a.ManagementAccess,
		&a.ClientAuthentication, &a.IntrospectionAccess, &credentials, &keys, &a.ClientID, &a.SecretHash, &a.PreviousSecretHash, &previousExpires,
		&a.SecretVersion}, m.dest()...)...)
	if err != nil {
		return Application{}, err
	}
	if a.RedirectURLs, err = listFromText(redirects); err != nil {
		return Application{}, err
	}
	if a.AllowedOrigins, err = listFromText(origins); err != nil {
		return Application{}, err
	}
	a.FederatedCredentials, a.PublicKeys, err = credentialsFromText(credentials, keys)
	a.PreviousSecretExpiresAt = fromNullMicros(previousExpires)
	a.Meta = m.meta()
	return a, err
}

// textFromList is a list as the database keeps it: JSON.
func textFromList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	b, _ := json.Marshal(list) // strings always marshal
	return string(b)
}

func listFromText(text string) ([]string, error) {
	if text == "[]" {
		return []string{}, nil
	}
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("a stored list is broken: %w", err)
	}
	return list, nil
}

func applicationNamed(projectID, name, except string) taken {
	return taken{NameTaken, "SELECT id, created_at FROM applications WHERE project_id = $1 AND name = $2 AND id <> $3",
		[]any{projectID, name, except}}
}

func applicationWithClientID(clientID, except string) taken {
	return taken{ClientIDTaken, "SELECT id, created_at FROM applications WHERE client_id = $1 AND id <> $2",
		[]any{clientID, except}}
}

// CreateApplication stores a new application and returns it with its etag and
// times. Its secret version is 1, without a secret 0. A name taken in the project, a taken client id
// or id is a *ConflictError; a project that is not one of the suite is
// ErrReference.
func (tx *Tx) CreateApplication(a Application, now time.Time) (Application, error) {
	a.Name = validation.NFC(a.Name)
	a.SecretVersion = 0
	if a.SecretHash != nil {
		a.SecretVersion = 1
	}
	a.PreviousSecretHash, a.PreviousSecretExpiresAt = nil, time.Time{}
	a.RedirectURLs, a.AllowedOrigins = append([]string{}, a.RedirectURLs...), append([]string{}, a.AllowedOrigins...)
	a.sortCredentials()
	err := applications.insert(tx, &a, now, applicationNamed(a.ProjectID, a.Name, ""), applicationWithClientID(a.ClientID, ""))
	if err != nil {
		return Application{}, err
	}
	return a, nil
}

// Application reads an application; ErrNotFound. One statement.
func (tx *Tx) Application(id string) (Application, error) {
	return applications.read(tx, "id", id)
}

// ApplicationByClientID reads the application with this client id; ErrNotFound.
// One statement.
func (tx *Tx) ApplicationByClientID(clientID string) (Application, error) {
	return applications.read(tx, "client_id", clientID)
}

// ApplicationForUpdate reads an application and keeps others from changing it,
// and its assignments, until the transaction ends.
func (tx *Tx) ApplicationForUpdate(id string) (Application, error) {
	return applications.lock(tx, id)
}

// Applications lists applications.
func (tx *Tx) Applications(f ApplicationFilter, page Page) (List[Application], error) {
	var w where
	w.scope(f.Scope, "suite_id", "project_id")
	w.equal("name", validation.NFC(f.Name))
	w.equal("suite_id", f.SuiteID)
	w.equal("project_id", f.ProjectID)
	w.equal("authenticator_type", f.AuthenticatorType)
	w.in("id", f.IDs)
	return applications.list(tx, w, page)
}

// keepOrder returns the list as it was where the same URLs came in another
// order: their order means nothing, and is no change.
func keepOrder(current, next []string) []string {
	if slices.Equal(slices.Sorted(slices.Values(current)), slices.Sorted(slices.Values(next))) {
		return current
	}
	return next
}

// UpdateApplication gives an application all fields of a but the authenticator
// type and the secrets, and returns it. Where all are the same nothing changes,
// the etag included. One that has no secret any more loses its secrets, one that
// authenticates no longer its token families. A federated credential or public
// key that is removed or changed loses the token families that it began. Errors are those of CreateApplication.
func (tx *Tx) UpdateApplication(a Application, now time.Time) (Application, error) {
	cur, err := applications.lock(tx, a.ID)
	if err != nil {
		return Application{}, err
	}
	a.Name = validation.NFC(a.Name)
	a.RedirectURLs = keepOrder(cur.RedirectURLs, a.RedirectURLs)
	a.sortCredentials()
	if slices.Equal(cur.settings(), a.settings()) {
		return cur, nil
	}
	if err := tx.free(applicationNamed(a.ProjectID, a.Name, a.ID), applicationWithClientID(a.ClientID, a.ID)); err != nil {
		return Application{}, err
	}
	a.AuthenticatorType = cur.AuthenticatorType
	a.SecretHash, a.SecretVersion = cur.SecretHash, cur.SecretVersion
	a.PreviousSecretHash, a.PreviousSecretExpiresAt = cur.PreviousSecretHash, cur.PreviousSecretExpiresAt
	becomesPublic := a.ClientAuthentication == noAuthentication && cur.ClientAuthentication != noAuthentication
	if a.ClientAuthentication != secretAuthentication {
		a.forgetSecrets()
	}
	a.RedirectURLs, a.AllowedOrigins = append([]string{}, a.RedirectURLs...), append([]string{}, a.AllowedOrigins...)
	a.Meta = cur.Meta
	if err := applications.update(tx, &a, now); err != nil {
		return Application{}, err
	}
	if becomesPublic {
		if _, err := tx.EndFamilies("", a.ID, "the application became a public client", now); err != nil {
			return Application{}, fmt.Errorf("update application: %w", err)
		}
	}
	if err := tx.endFamiliesOfRemoved(cur, a, now); err != nil {
		return Application{}, fmt.Errorf("update application: %w", err)
	}
	return a, nil
}

// DeleteApplication deletes an application with its token families and codes;
// ErrNotFound, or ErrHasUsers when users are assigned to it.
func (tx *Tx) DeleteApplication(id string) error { return applications.delete(tx, id) }
