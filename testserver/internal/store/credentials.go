package store

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// FederatedCredential is trust of an application in the tokens of an OpenID
// Connect issuer.
type FederatedCredential struct {
	Name     string `json:"name"` // unique in the application
	Issuer   string `json:"issuer"`
	Subject  string `json:"subject"` // exact, or a pattern that ends in *
	Audience string `json:"audience"`
	// Claims are others that a token must have.
	Claims map[string]string `json:"claims,omitempty"`
	// LoginIDs are the users that may sign in, by email address; empty is all
	// of the application.
	LoginIDs []string `json:"loginIds,omitempty"`
	// JWKSURI is empty where the issuer's metadata names it.
	JWKSURI   string `json:"jwksUri,omitempty"`
	SingleUse bool   `json:"singleUse,omitempty"`
}

// Fingerprint tells the credential from every other one, and from itself once it
// is changed.
func (c FederatedCredential) Fingerprint() string { return fingerprintOf("federated", jsonText(c)) }

// PublicKey is a key of an application's own.
type PublicKey struct {
	KeyID string `json:"kid,omitempty"` // empty: any
	PEM   string `json:"pem"`
}

// Fingerprint tells the key from every other one. Its line breaks are no part of
// it.
func (k PublicKey) Fingerprint() string {
	content := k.PEM
	if block, _ := pem.Decode([]byte(k.PEM)); block != nil {
		content = string(block.Bytes)
	}
	return fingerprintOf("key", k.KeyID+"\x00"+content)
}

func fingerprintOf(kind, content string) string {
	sum := sha256.Sum256([]byte(content))
	return kind + ":" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// sortCredentials gives an application's lists, whose order means nothing, the
// order in which they are stored, and copies them.
func (a *Application) sortCredentials() {
	a.FederatedCredentials = append([]FederatedCredential{}, a.FederatedCredentials...)
	for i := range a.FederatedCredentials {
		logins := slices.Sorted(slices.Values(a.FederatedCredentials[i].LoginIDs))
		a.FederatedCredentials[i].LoginIDs = slices.Compact(logins)
	}
	slices.SortFunc(a.FederatedCredentials, func(x, y FederatedCredential) int { return strings.Compare(x.Name, y.Name) })
	a.PublicKeys = append([]PublicKey{}, a.PublicKeys...)
	slices.SortFunc(a.PublicKeys, func(x, y PublicKey) int {
		return cmp.Or(strings.Compare(x.KeyID, y.KeyID), strings.Compare(x.PEM, y.PEM))
	})
}

// fingerprints are those of all credentials of an application.
func (a *Application) fingerprints() []string {
	var all []string
	for _, c := range a.FederatedCredentials {
		all = append(all, c.Fingerprint())
	}
	for _, k := range a.PublicKeys {
		all = append(all, k.Fingerprint())
	}
	return all
}

// jsonText is a value as the database keeps it.
func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only strings, lists and maps of them: cannot fail
	}
	return string(b)
}

func credentialsFromText(credentials, keys string) (c []FederatedCredential, k []PublicKey, err error) {
	if err := json.Unmarshal([]byte(credentials), &c); err != nil {
		return nil, nil, fmt.Errorf("the stored federated credentials are broken: %w", err)
	}
	if err := json.Unmarshal([]byte(keys), &k); err != nil {
		return nil, nil, fmt.Errorf("the stored public keys are broken: %w", err)
	}
	return c, k, nil
}

// Credentials returns an application's federated credentials and public keys,
// or ErrNotFound. One statement.
func (tx *Tx) Credentials(applicationID string) ([]FederatedCredential, []PublicKey, error) {
	stored, err := selectOne(tx, func(row scanner) (stored [2]string, err error) {
		err = row.Scan(&stored[0], &stored[1])
		return stored, err
	}, `SELECT federated_credentials, public_keys FROM applications WHERE id = $1`, applicationID)
	if err != nil {
		return nil, nil, fmt.Errorf("read the credentials of an application: %w", err)
	}
	return credentialsFromText(stored[0], stored[1])
}

// endFamiliesOfRemoved revokes the families of credentials that an application
// has no more.
func (tx *Tx) endFamiliesOfRemoved(was, is Application, now time.Time) error {
	kept := is.fingerprints()
	for _, fingerprint := range was.fingerprints() {
		if slices.Contains(kept, fingerprint) {
			continue
		}
		_, err := tx.exec(`UPDATE refresh_families SET revoked_at = $1, revoked_reason = $2
			WHERE application_id = $3 AND credential = $4 AND revoked_at IS NULL`,
			micros(now), "its federated credential or public key was changed or removed", was.ID, fingerprint)
		if err != nil {
			return fmt.Errorf("end the token families of a credential: %w", err)
		}
	}
	return nil
}

// Assertion is one that authenticated an application.
type Assertion struct {
	ApplicationID string
	// Credential is the fingerprint of what verified it.
	Credential string
	// Once is the SHA-256 of its issuer and id where it is valid once, nil
	// if not. It is remembered until ExpiresAt.
	Once      []byte
	ExpiresAt time.Time
}

var (
	// ErrCredentialGone says that the application has the credential no more
	// which verified an assertion.
	ErrCredentialGone = errors.New("the credential was changed or removed")
	// ErrAssertionUsed says that an assertion that is valid once was used before.
	ErrAssertionUsed = errors.New("the assertion was used before")
)

// UseAssertion makes an assertion count in the transaction that does what it
// was sent for. Until the transaction ends, no caller changes the application's
// credentials. It returns ErrCredentialGone or ErrAssertionUsed.
func (tx *Tx) UseAssertion(a Assertion) error {
	if err := tx.inWrite(); err != nil {
		return err
	}
	application, err := tx.ApplicationForUpdate(a.ApplicationID)
	if errors.Is(err, ErrNotFound) || err == nil && !slices.Contains(application.fingerprints(), a.Credential) {
		return ErrCredentialGone
	}
	if err != nil || a.Once == nil {
		return err
	}
	n, err := tx.exec(`INSERT INTO used_assertions (hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
		a.Once, micros(a.ExpiresAt))
	if err != nil {
		return fmt.Errorf("store the use of an assertion: %w", err)
	}
	if n == 0 {
		return ErrAssertionUsed
	}
	return nil
}

// IsAssertionUsed reports whether an assertion that is valid once was used.
// Another request may use it after that: UseAssertion decides. One statement.
func (tx *Tx) IsAssertionUsed(once []byte) (bool, error) {
	found, err := selectAll(tx, scanValue[int64], `SELECT expires_at FROM used_assertions WHERE hash = $1`, once)
	if err != nil {
		return false, fmt.Errorf("look for the use of an assertion: %w", err)
	}
	return len(found) > 0, nil
}

// DeleteExpiredAssertions deletes up to limit assertions that are refused for
// their age, and returns how many. One statement.
func (tx *Tx) DeleteExpiredAssertions(now time.Time, limit int) (int64, error) {
	n, err := tx.exec(`DELETE FROM used_assertions WHERE hash IN
		(SELECT hash FROM used_assertions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, micros(now), limit)
	if err != nil {
		return 0, fmt.Errorf("delete expired assertions: %w", err)
	}
	return n, nil
}
