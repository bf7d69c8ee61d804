package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// GrantClient is an application as a token request sees it.
type GrantClient struct {
	ApplicationID     string
	SuiteID           string
	ClientID          string
	AuthenticatorType string
	// ClientAuthentication is secret, none or assertion.
	ClientAuthentication string
	// SecretHash and PreviousSecretHash are nil where there is none.
	SecretHash         []byte
	PreviousSecretHash []byte
	// PreviousSecretExpiresAt is when the previous secret ends.
	PreviousSecretExpiresAt time.Time
	AccessTokenLifespan     time.Duration
	RefreshTokenLifespan    time.Duration
	RefreshTokenGracePeriod time.Duration
	ManagementAccess        bool
	IntrospectionAccess     bool
}

// GrantUser is a user as a token request sees it, with the assignment to the
// application in question.
type GrantUser struct {
	UserID    string
	Email     string
	FirstName string
	LastName  string
	Role      string
	// Enabled is the user's own.
	Enabled bool
	// Assigned and AssignmentEnabled are those of the application.
	Assigned, AssignmentEnabled bool
}

// Grant is what one statement finds out for a token request. What there is not
// is nil.
type Grant struct {
	Client *GrantClient
	User   *GrantUser
	Family *TokenFamily
	// UsedGeneration and UsedAt are set for a refresh token that was used:
	// which generation it was of and when it was used.
	Used           bool
	UsedGeneration int64
	UsedAt         time.Time
}

const grantColumns = `a.id, a.suite_id, a.client_id, a.authenticator_type, a.client_authentication, a.secret_hash,
	a.previous_secret_hash, a.previous_secret_expires_at, a.access_token_lifespan, a.refresh_token_lifespan,
	a.refresh_token_grace_period, a.management_access, a.introspection_access, u.id, u.email, u.first_name, u.last_name, u.role, u.enabled, au.enabled`

// grantRow holds a row of grantColumns while it is read: outer joins make all
// of it absent at times.
type grantRow struct {
	applicationID, suiteID, clientID         sql.NullString
	authenticatorType, clientAuthentication  sql.NullString
	secretHash, previousHash                 []byte
	previousExpires, access, refresh, grace  sql.NullInt64
	managementAccess, introspectionAccess    sql.NullBool
	userID, email, firstName, lastName, role sql.NullString
	userEnabled, assignmentEnabled           sql.NullBool
}

func (r *grantRow) dest() []any {
	return []any{&r.applicationID, &r.suiteID, &r.clientID, &r.authenticatorType, &r.clientAuthentication,
		&r.secretHash, &r.previousHash, &r.previousExpires, &r.access, &r.refresh, &r.grace,
		&r.managementAccess, &r.introspectionAccess,
		&r.userID, &r.email, &r.firstName, &r.lastName, &r.role, &r.userEnabled, &r.assignmentEnabled}
}

func (r *grantRow) grant() Grant {
	var g Grant
	if r.applicationID.Valid {
		g.Client = &GrantClient{
			ApplicationID: r.applicationID.String, SuiteID: r.suiteID.String, ClientID: r.clientID.String,
			AuthenticatorType: r.authenticatorType.String, ClientAuthentication: r.clientAuthentication.String,
			SecretHash: r.secretHash, PreviousSecretHash: r.previousHash,
			PreviousSecretExpiresAt: fromNullMicros(r.previousExpires),
			AccessTokenLifespan:     seconds(r.access), RefreshTokenLifespan: seconds(r.refresh),
			RefreshTokenGracePeriod: seconds(r.grace), ManagementAccess: r.managementAccess.Bool,
			IntrospectionAccess: r.introspectionAccess.Bool,
		}
	}
	if r.userID.Valid {
		g.User = &GrantUser{
			UserID: r.userID.String, Email: r.email.String, FirstName: r.firstName.String,
			LastName: r.lastName.String, Role: r.role.String, Enabled: r.userEnabled.Bool,
			Assigned: r.assignmentEnabled.Valid, AssignmentEnabled: r.assignmentEnabled.Bool,
		}
	}
	return g
}

func seconds(n sql.NullInt64) time.Duration { return time.Duration(n.Int64) * time.Second }

func scanGrant(row scanner) (Grant, error) {
	var r grantRow
	err := row.Scan(r.dest()...)
	return r.grant(), err
}

// GrantByLogin looks up an application by client id and a user by email address
// (compared by validation.EmailKey), each whether or not the other exists, so that the
// time it takes does not say which of them does. One statement.
func (tx *Tx) GrantByLogin(clientID, email string) (Grant, error) {
	g, err := selectOne(tx, scanGrant, `SELECT `+grantColumns+` FROM (SELECT 1 AS one) AS always
		LEFT JOIN applications a ON a.client_id = $1
		LEFT JOIN users u ON u.email_key = $2
		LEFT JOIN application_users au ON au.application_id = a.id AND au.user_id = u.id`,
		clientID, validation.EmailKey(email))
	if err != nil {
		return g, fmt.Errorf("look up an application and a user: %w", err)
	}
	return g, nil
}

// GrantByUser is GrantByLogin with a user's id. One statement.
func (tx *Tx) GrantByUser(clientID, userID string) (Grant, error) {
	g, err := selectOne(tx, scanGrant, `SELECT `+grantColumns+` FROM (SELECT 1 AS one) AS always
		LEFT JOIN applications a ON a.client_id = $1
		LEFT JOIN users u ON u.id = $2
		LEFT JOIN application_users au ON au.application_id = a.id AND au.user_id = u.id`, clientID, userID)
	if err != nil {
		return g, fmt.Errorf("look up an application and a user: %w", err)
	}
	return g, nil
}

// GrantByClientID looks up an application. One statement.
func (tx *Tx) GrantByClientID(clientID string) (Grant, error) {
	return tx.GrantByUser(clientID, "")
}

const familyColumns = `f.id, f.application_id, f.user_id, f.grant_type, f.refresh_hash, f.refresh_expires_at,
	f.generation, f.auth_time, f.nonce, f.created_at, f.expires_at, f.revoked_at, f.revoked_reason, f.ends_at`

const familyJoins = ` FROM refresh_families f
	JOIN applications a ON a.id = f.application_id
	LEFT JOIN users u ON u.id = f.user_id
	LEFT JOIN application_users au ON au.application_id = f.application_id AND au.user_id = f.user_id`

func scanFamilyGrant(row scanner) (Grant, error) {
	var r grantRow
	var f TokenFamily
	var userID, nonce, reason sql.NullString
	var refreshExpires, revoked, ends, usedGeneration, usedAt sql.NullInt64
	var authTime, created, expires int64
	err := row.Scan(append(r.dest(), &f.ID, &f.ApplicationID, &userID, &f.GrantType, &f.RefreshHash, &refreshExpires,
		&f.Generation, &authTime, &nonce, &created, &expires, &revoked, &reason, &ends, &usedGeneration, &usedAt)...)
	f.UserID, f.Nonce, f.RevokedReason = userID.String, nonce.String, reason.String
	f.RefreshExpiresAt, f.RevokedAt, f.EndsAt = fromNullMicros(refreshExpires), fromNullMicros(revoked), fromNullMicros(ends)
	f.AuthTime, f.CreatedAt, f.ExpiresAt = fromMicros(authTime), fromMicros(created), fromMicros(expires)
	g := r.grant()
	g.Family = &f
	g.Used, g.UsedGeneration, g.UsedAt = usedAt.Valid, usedGeneration.Int64, fromNullMicros(usedAt)
	return g, err
}

// GrantByFamily looks up a family with its application, user and assignment,
// or returns ErrNotFound. One statement.
func (tx *Tx) GrantByFamily(familyID string) (Grant, error) {
	g, err := selectOne(tx, scanFamilyGrant, `SELECT `+grantColumns+`, `+familyColumns+`,
		CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)`+familyJoins+` WHERE f.id = $1`, familyID)
	if err != nil {
		return g, fmt.Errorf("look up a token family: %w", err)
	}
	return g, nil
}

// GrantByRefreshToken looks up the family of a refresh token, current or used,
// by the token's SHA-256, or returns ErrNotFound. One statement, so that a
// token that is being used up is found in one of the two places.
func (tx *Tx) GrantByRefreshToken(hash []byte) (Grant, error) {
	g, err := selectOne(tx, scanFamilyGrant, `SELECT `+grantColumns+`, `+familyColumns+`, t.generation, t.used_at`+
		familyJoins+` LEFT JOIN used_refresh_tokens t ON t.hash = $1 AND t.family_id = f.id
		WHERE f.id = COALESCE((SELECT id FROM refresh_families WHERE refresh_hash = $2),
			(SELECT family_id FROM used_refresh_tokens WHERE hash = $3))`, hash, hash, hash)
	if err != nil {
		return g, fmt.Errorf("look up a refresh token: %w", err)
	}
	return g, nil
}

// RedirectURLs returns the redirect URLs of an application, or ErrNotFound.
// One statement.
func (tx *Tx) RedirectURLs(applicationID string) ([]string, error) {
	return tx.textList(`SELECT redirect_urls FROM applications WHERE id = $1`, applicationID)
}

// AllowedOrigins returns the origins from which pages may call in the name of
// an application, or ErrNotFound. One statement.
func (tx *Tx) AllowedOrigins(applicationID string) ([]string, error) {
	return tx.textList(`SELECT allowed_origins FROM applications WHERE id = $1`, applicationID)
}

func (tx *Tx) textList(query, applicationID string) ([]string, error) {
	text, err := selectOne(tx, scanValue[string], query, applicationID)
	if err != nil {
		return nil, fmt.Errorf("read application %s: %w", applicationID, err)
	}
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("read application %s: %w", applicationID, err)
	}
	return list, nil
}

// OriginAllowedByAny reports whether some application allows an origin, by name
// or with `*`. One statement.
func (tx *Tx) OriginAllowedByAny(origin string) (bool, error) {
	quoted, err := json.Marshal(origin)
	if err != nil {
		return false, fmt.Errorf("encode an origin: %w", err)
	}
	pattern := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(string(quoted))
	found, err := selectAll(tx, scanValue[int64], `SELECT 1 FROM applications
		WHERE allowed_origins LIKE $1 ESCAPE '\' OR allowed_origins LIKE '%"*"%' LIMIT 1`, "%"+pattern+"%")
	if err != nil {
		return false, fmt.Errorf("look for an allowed origin: %w", err)
	}
	return len(found) > 0, nil
}
