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

const applicationColumns = `id, suite_id, project_id, name, authenticator_type, redirect_urls,
	allowed_origins, access_token_lifespan, refresh_token_lifespan, refresh_token_grace_period,
	management_access, client_authentication, introspection_access, federated_credentials, public_keys, client_id,
	secret_hash, previous_secret_hash, previous_secret_expires_at, secret_version, ` + metaColumns

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
	if err := tx.inWrite(); err != nil {
		return Application{}, err
	}
	seq, err := tx.next("applications", 1)
	if err != nil {
		return Application{}, err
	}
	a.Meta, a.Name = newMeta(seq, now), validation.NFC(a.Name)
	a.SecretVersion = 0
	if a.SecretHash != nil {
		a.SecretVersion = 1
	}
	a.PreviousSecretHash, a.PreviousSecretExpiresAt = nil, time.Time{}
	a.RedirectURLs, a.AllowedOrigins = append([]string{}, a.RedirectURLs...), append([]string{}, a.AllowedOrigins...)
	a.sortCredentials()
	n, err := tx.exec(`INSERT INTO applications (id, suite_id, project_id, name, authenticator_type, redirect_urls,
			allowed_origins, access_token_lifespan, refresh_token_lifespan, refresh_token_grace_period,
			management_access, client_authentication, introspection_access, federated_credentials, public_keys, client_id,
			secret_hash, secret_version, seq, etag, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
		ON CONFLICT DO NOTHING`,
		a.ID, a.SuiteID, a.ProjectID, a.Name, a.AuthenticatorType, textFromList(a.RedirectURLs),
		textFromList(a.AllowedOrigins), a.AccessTokenLifespan, a.RefreshTokenLifespan, a.RefreshTokenGracePeriod,
		a.ManagementAccess, a.ClientAuthentication, a.IntrospectionAccess, jsonText(a.FederatedCredentials), jsonText(a.PublicKeys),
		a.ClientID, bytesOrNull(a.SecretHash), a.SecretVersion, a.Seq, a.ETag, micros(a.CreatedAt), micros(a.UpdatedAt))
	if err != nil {
		return Application{}, fmt.Errorf("create application: %w", err)
	}
	if n == 0 {
		return Application{}, tx.conflict(applicationNamed(a.ProjectID, a.Name, ""), applicationWithClientID(a.ClientID, ""),
			taken{IDTaken, "SELECT id, created_at FROM applications WHERE id = $1", []any{a.ID}})
	}
	return a, nil
}

// Application reads an application; ErrNotFound. One statement.
func (tx *Tx) Application(id string) (Application, error) {
	return selectOne(tx, scanApplication, "SELECT "+applicationColumns+" FROM applications WHERE id = $1", id)
}

// ApplicationByClientID reads the application with this client id; ErrNotFound.
// One statement.
func (tx *Tx) ApplicationByClientID(clientID string) (Application, error) {
	return selectOne(tx, scanApplication, "SELECT "+applicationColumns+" FROM applications WHERE client_id = $1", clientID)
}

// ApplicationForUpdate reads an application and keeps others from changing it,
// and its assignments, until the transaction ends.
func (tx *Tx) ApplicationForUpdate(id string) (Application, error) {
	return changeOne(tx, scanApplication,
		"UPDATE applications SET etag = etag WHERE id = $1 RETURNING "+applicationColumns, id)
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
	l, err := list(tx, listQuery[Application]{
		columns: applicationColumns, from: "applications", seq: "seq", where: w,
		scan: scanApplication, seqOf: func(a Application) int64 { return a.Seq },
	}, page)
	if err != nil {
		return l, fmt.Errorf("list applications: %w", err)
	}
	return l, nil
}

// sameSettings reports whether UpdateApplication has nothing to change.
func (a *Application) sameSettings(b *Application) bool {
	return a.Name == b.Name && a.SuiteID == b.SuiteID && a.ProjectID == b.ProjectID &&
		slices.Equal(a.RedirectURLs, b.RedirectURLs) && slices.Equal(a.AllowedOrigins, b.AllowedOrigins) &&
		a.AccessTokenLifespan == b.AccessTokenLifespan && a.RefreshTokenLifespan == b.RefreshTokenLifespan &&
		a.RefreshTokenGracePeriod == b.RefreshTokenGracePeriod && a.ManagementAccess == b.ManagementAccess &&
		a.ClientAuthentication == b.ClientAuthentication && a.IntrospectionAccess == b.IntrospectionAccess &&
		a.ClientID == b.ClientID && slices.EqualFunc(a.FederatedCredentials, b.FederatedCredentials, FederatedCredential.equal) &&
		slices.Equal(a.PublicKeys, b.PublicKeys)
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
	if err := tx.inWrite(); err != nil {
		return Application{}, err
	}
	cur, err := tx.ApplicationForUpdate(a.ID)
	if err != nil {
		return Application{}, err
	}
	a.Name = validation.NFC(a.Name)
	a.RedirectURLs = keepOrder(cur.RedirectURLs, a.RedirectURLs)
	a.sortCredentials()
	if cur.sameSettings(&a) {
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
	a.touch(now)
	_, err = tx.exec(`UPDATE applications SET suite_id = $2, project_id = $3, name = $4, redirect_urls = $5,
			allowed_origins = $6, access_token_lifespan = $7, refresh_token_lifespan = $8,
			refresh_token_grace_period = $9, management_access = $10, client_authentication = $11,
			introspection_access = $12, client_id = $13, secret_hash = $14, previous_secret_hash = $15,
			previous_secret_expires_at = $16, etag = $17, updated_at = $18, federated_credentials = $19, public_keys = $20
		WHERE id = $1`,
		a.ID, a.SuiteID, a.ProjectID, a.Name, textFromList(a.RedirectURLs), textFromList(a.AllowedOrigins),
		a.AccessTokenLifespan, a.RefreshTokenLifespan, a.RefreshTokenGracePeriod, a.ManagementAccess,
		a.ClientAuthentication, a.IntrospectionAccess, a.ClientID, bytesOrNull(a.SecretHash),
		bytesOrNull(a.PreviousSecretHash), microsOrNull(a.PreviousSecretExpiresAt), a.ETag, micros(a.UpdatedAt),
		jsonText(a.FederatedCredentials), jsonText(a.PublicKeys))
	if err == nil && becomesPublic {
		_, err = tx.EndFamilies("", a.ID, "the application became a public client", now)
	}
	if err == nil {
		err = tx.endFamiliesOfRemoved(cur, a, now)
	}
	if err != nil {
		return Application{}, fmt.Errorf("update application: %w", err)
	}
	return a, nil
}

// DeleteApplication deletes an application with its token families and codes;
// ErrNotFound, or ErrHasUsers when users are assigned to it.
func (tx *Tx) DeleteApplication(id string) error {
	if err := tx.inWrite(); err != nil {
		return err
	}
	if _, err := tx.ApplicationForUpdate(id); err != nil {
		return err
	}
	return tx.delete(ApplicationObject, "DELETE FROM applications WHERE id = $1", id, ErrHasUsers)
}
