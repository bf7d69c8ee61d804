package store

import (
	"database/sql"
	"fmt"
	"math"
	"time"
)

// SigningKey is a key of the manager, with its times in their order. The zero
// time means that it has not been decided.
type SigningKey struct {
	KID       string
	Algorithm string
	// PublicKey is a PKIX structure (RFC 5280 §4.1.2.7) in DER.
	PublicKey []byte
	// PrivateKey is what the manager wants kept, nil once the key is retired.
	PrivateKey []byte
	// Sealed reports whether PrivateKey is encrypted.
	Sealed bool
	// CreatedAt is when the key was made, PublishedAt when it entered the JWKS.
	CreatedAt, PublishedAt time.Time
	// ActivatesAt is when it begins to sign.
	ActivatesAt time.Time
	// RetiredAt is when its successor begins to sign.
	RetiredAt time.Time
	// JWKSUntil is when the last token that it signed expires.
	JWKSUntil time.Time
}

const signingKeyColumns = `kid, algorithm, public_key, private_key, sealed, created_at, published_at,
	activates_at, retired_at, jwks_until`

func scanSigningKey(row scanner) (SigningKey, error) {
	var k SigningKey
	var created, published int64
	var activates, retired, until sql.NullInt64
	err := row.Scan(&k.KID, &k.Algorithm, &k.PublicKey, &k.PrivateKey, &k.Sealed, &created, &published,
		&activates, &retired, &until)
	k.CreatedAt, k.PublishedAt = fromMicros(created), fromMicros(published)
	k.ActivatesAt, k.RetiredAt, k.JWKSUntil = fromNullMicros(activates), fromNullMicros(retired), fromNullMicros(until)
	return k, err
}

// SigningKeys returns all keys in the order of their creation. One statement.
func (tx *Tx) SigningKeys() ([]SigningKey, error) {
	keys, err := selectAll(tx, scanSigningKey, `SELECT `+signingKeyColumns+` FROM signing_keys ORDER BY seq`)
	if err != nil {
		return nil, fmt.Errorf("read the signing keys: %w", err)
	}
	return keys, nil
}

// SigningKey returns the key of a kid, or ErrNotFound. One statement.
func (tx *Tx) SigningKey(kid string) (SigningKey, error) {
	key, err := selectOne(tx, scanSigningKey, `SELECT `+signingKeyColumns+` FROM signing_keys WHERE kid = $1`, kid)
	if err != nil {
		return key, fmt.Errorf("read signing key %s: %w", kid, err)
	}
	return key, nil
}

// AddSigningKey stores a new key. There is one next key (without ActivatesAt)
// at most: it returns false, and changes nothing, where there is one already
// or the kid is known.
func (tx *Tx) AddSigningKey(k SigningKey) (bool, error) {
	if err := tx.inWrite(); err != nil {
		return false, err
	}
	seq, err := tx.next("signing_keys", 1)
	if err != nil {
		return false, err
	}
	n, err := tx.exec(`INSERT INTO signing_keys (kid, seq, algorithm, public_key, private_key, sealed, created_at,
			published_at, activates_at, retired_at, jwks_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
		k.KID, seq, k.Algorithm, k.PublicKey, bytesOrNull(k.PrivateKey), k.Sealed, micros(k.CreatedAt),
		micros(k.PublishedAt), microsOrNull(k.ActivatesAt), microsOrNull(k.RetiredAt), microsOrNull(k.JWKSUntil))
	if err != nil {
		return false, fmt.Errorf("store signing key %s: %w", k.KID, err)
	}
	return n == 1, nil
}

// ScheduleSigningKey sets the moment at which a next key becomes the current
// one and the key before it retires. It returns false, and changes nothing,
// where the moment of that key is set already; with sooner, where it is set to
// the same moment or an earlier one.
func (tx *Tx) ScheduleSigningKey(kid string, at time.Time, sooner bool) (bool, error) {
	if err := tx.inWrite(); err != nil {
		return false, err
	}
	laterThan := int64(math.MaxInt64)
	if sooner {
		laterThan = micros(at)
	}
	n, err := tx.exec(`UPDATE signing_keys SET activates_at = $1
		WHERE kid = $2 AND (activates_at IS NULL OR activates_at > $3)`, micros(at), kid, laterThan)
	if err != nil {
		return false, fmt.Errorf("schedule signing key %s: %w", kid, err)
	}
	if n == 0 {
		return false, nil
	}
	_, err = tx.exec(`UPDATE signing_keys SET retired_at = $1
		WHERE kid <> $2 AND activates_at IS NOT NULL AND (retired_at IS NULL OR retired_at > $3)`,
		micros(at), kid, micros(at))
	if err != nil {
		return false, fmt.Errorf("retire the key before %s: %w", kid, err)
	}
	return true, nil
}

// ExtendSigningKey keeps a key in the JWKS until then, or longer where that is
// set already. One statement.
func (tx *Tx) ExtendSigningKey(kid string, until time.Time) error {
	_, err := tx.exec(`UPDATE signing_keys SET jwks_until = $1
		WHERE kid = $2 AND (jwks_until IS NULL OR jwks_until < $3)`, micros(until), kid, micros(until))
	if err != nil {
		return fmt.Errorf("extend signing key %s: %w", kid, err)
	}
	return nil
}

// SealSigningKey replaces a private key that is not encrypted by one that is.
// One statement.
func (tx *Tx) SealSigningKey(kid string, sealed []byte) error {
	_, err := tx.exec(`UPDATE signing_keys SET private_key = $1, sealed = $2
		WHERE kid = $3 AND private_key IS NOT NULL AND NOT sealed`, sealed, true, kid)
	if err != nil {
		return fmt.Errorf("seal signing key %s: %w", kid, err)
	}
	return nil
}

// ForgetPrivateKeys drops the private parts of keys that retired until then.
// One statement.
func (tx *Tx) ForgetPrivateKeys(retiredUntil time.Time) error {
	_, err := tx.exec(`UPDATE signing_keys SET private_key = NULL, sealed = $1
		WHERE private_key IS NOT NULL AND retired_at <= $2`, false, micros(retiredUntil))
	if err != nil {
		return fmt.Errorf("forget retired private keys: %w", err)
	}
	return nil
}

// DeleteSpentSigningKeys deletes retired keys whose last token has expired and
// that no living token family needs: one whose id token such a key may have
// signed, since it began before the key retired (and, for replicas that notice
// late, lag after). One statement; it returns how many.
func (tx *Tx) DeleteSpentSigningKeys(now time.Time, lag time.Duration) (int64, error) {
	n, err := tx.exec(`DELETE FROM signing_keys WHERE retired_at <= $1 AND (jwks_until IS NULL OR jwks_until <= $2)
		AND NOT EXISTS (SELECT 1 FROM refresh_families f WHERE f.revoked_at IS NULL AND f.refresh_hash IS NOT NULL
			AND f.expires_at > $3 AND f.created_at <= signing_keys.retired_at + $4)`,
		micros(now.Add(-lag)), micros(now), micros(now), lag.Microseconds())
	if err != nil {
		return 0, fmt.Errorf("delete spent signing keys: %w", err)
	}
	return n, nil
}
