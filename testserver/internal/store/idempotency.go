package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// IdempotencyRecord is what was done under a caller's key.
type IdempotencyRecord struct {
	// CallerID is the user that sent the key. KeyHash is the key's hash: the
	// key itself, which decrypts the response, is not stored.
	CallerID string
	KeyHash  []byte
	// Operation names what was asked for.
	Operation string
	// Fingerprint tells one body from another.
	Fingerprint []byte
	// Response is the encrypted response, nil where there is nothing to replay:
	// it has expired, or the key is void.
	Response []byte
	// ObjectType and ObjectID name the object that was created or changed,
	// with which the record is deleted; empty where there is none. Of an
	// assignment, ObjectID is the application and ObjectUserID the user.
	ObjectType             ObjectType
	ObjectID, ObjectUserID string
	// Voided says that nothing was done under the key, and nothing will be.
	Voided    bool
	CreatedAt time.Time
	// ExpiresAt is when the response is deleted, and with it a record without
	// an object.
	ExpiresAt time.Time
}

const idempotencyColumns = `caller_id, key_hash, operation, fingerprint, response, object_type, object_id,
	object_user_id, voided, created_at, expires_at`

func scanIdempotencyRecord(row scanner) (IdempotencyRecord, error) {
	var r IdempotencyRecord
	var objectType, objectID, objectUserID sql.NullString
	var created int64
	var expires sql.NullInt64
	err := row.Scan(&r.CallerID, &r.KeyHash, &r.Operation, &r.Fingerprint, &r.Response, &objectType, &objectID,
		&objectUserID, &r.Voided, &created, &expires)
	r.ObjectType, r.ObjectID, r.ObjectUserID = ObjectType(objectType.String), objectID.String, objectUserID.String
	r.CreatedAt, r.ExpiresAt = fromMicros(created), fromNullMicros(expires)
	return r, err
}

// ReserveIdempotencyKey takes a key for this transaction, which then does what
// was asked for and calls CompleteIdempotencyKey, so that key and object are
// there together or not at all. While it runs, others with the same key wait.
// Where the key was used or is void, it returns that record, without a response
// that has expired, and false. Of r it takes CallerID, KeyHash, Operation,
// Fingerprint and ExpiresAt. A caller that does not exist is ErrReference.
func (tx *Tx) ReserveIdempotencyKey(r IdempotencyRecord, now time.Time) (IdempotencyRecord, bool, error) {
	r.Voided = false
	return tx.takeIdempotencyKey(r, now)
}

// VoidIdempotencyKey makes sure that nothing will be done under a key until
// ExpiresAt, unless something was: then it returns that record, and false.
// While a transaction with the same key runs, it waits. Of r it takes CallerID,
// KeyHash and ExpiresAt.
func (tx *Tx) VoidIdempotencyKey(r IdempotencyRecord, now time.Time) (IdempotencyRecord, bool, error) {
	r.Operation, r.Fingerprint, r.Voided = "", []byte{}, true
	return tx.takeIdempotencyKey(r, now)
}

// takeIdempotencyKey inserts a record unless the key has one that counts: one
// that names an object, or has not expired.
func (tx *Tx) takeIdempotencyKey(r IdempotencyRecord, now time.Time) (IdempotencyRecord, bool, error) {
	if err := tx.inWrite(); err != nil {
		return IdempotencyRecord{}, false, err
	}
	n, err := tx.exec(`INSERT INTO idempotency_records
			(caller_id, key_hash, operation, fingerprint, voided, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (caller_id, key_hash) DO UPDATE SET operation = excluded.operation,
			fingerprint = excluded.fingerprint, response = NULL, voided = excluded.voided,
			created_at = excluded.created_at, expires_at = excluded.expires_at
		WHERE idempotency_records.object_id IS NULL AND idempotency_records.expires_at <= $8`,
		r.CallerID, r.KeyHash, r.Operation, r.Fingerprint, r.Voided, micros(now), micros(r.ExpiresAt), micros(now))
	if err != nil {
		return IdempotencyRecord{}, false, fmt.Errorf("take an idempotency key: %w", err)
	}
	if n == 1 {
		return IdempotencyRecord{}, true, nil
	}
	found, err := tx.IdempotencyRecord(r.CallerID, r.KeyHash, now)
	if errors.Is(err, ErrNotFound) {
		return IdempotencyRecord{}, false, errRace // deleted in between
	}
	return found, false, err
}

// CompleteIdempotencyKey adds to a reserved key what was done under it. Of r it
// takes CallerID, KeyHash, Response, ObjectType, ObjectID and ObjectUserID. One
// statement.
func (tx *Tx) CompleteIdempotencyKey(r IdempotencyRecord) error {
	n, err := tx.exec(`UPDATE idempotency_records
		SET response = $3, object_type = $4, object_id = $5, object_user_id = $6
		WHERE caller_id = $1 AND key_hash = $2`,
		r.CallerID, r.KeyHash, bytesOrNull(r.Response), textOrNull(string(r.ObjectType)), textOrNull(r.ObjectID),
		textOrNull(r.ObjectUserID))
	if err != nil {
		return fmt.Errorf("complete an idempotency key: %w", err)
	}
	if n == 0 {
		return fmt.Errorf("complete an idempotency key: %w", ErrNotFound)
	}
	return nil
}

// IdempotencyRecord reads what was done under a caller's key; ErrNotFound also
// when the record has expired. Its Response is nil once that has expired. One
// statement.
func (tx *Tx) IdempotencyRecord(callerID string, keyHash []byte, now time.Time) (IdempotencyRecord, error) {
	r, err := selectOne(tx, scanIdempotencyRecord, "SELECT "+idempotencyColumns+` FROM idempotency_records
		WHERE caller_id = $1 AND key_hash = $2 AND (object_id IS NOT NULL OR expires_at > $3)`,
		callerID, keyHash, micros(now))
	if !r.ExpiresAt.After(now) {
		r.Response = nil // it has expired and has not been swept yet
	}
	return r, err
}

// DeleteExpiredIdempotencyRecords deletes up to limit responses that have
// expired, and with them the records that name no object, and returns how many.
func (tx *Tx) DeleteExpiredIdempotencyRecords(now time.Time, limit int) (int64, error) {
	if err := tx.inWrite(); err != nil {
		return 0, err
	}
	// A row has no id of its own; PostgreSQL and SQLite both compare pairs.
	const expired = ` WHERE (caller_id, key_hash) IN (SELECT caller_id, key_hash FROM idempotency_records
		WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`
	kept, err := tx.exec("UPDATE idempotency_records SET response = NULL, expires_at = NULL"+expired+" AND object_id IS NOT NULL",
		micros(now), int64(limit))
	if err != nil {
		return 0, fmt.Errorf("delete expired responses: %w", err)
	}
	deleted, err := tx.exec("DELETE FROM idempotency_records"+expired+" AND object_id IS NULL",
		micros(now), int64(limit)-kept)
	if err != nil {
		return 0, fmt.Errorf("delete expired idempotency keys: %w", err)
	}
	return kept + deleted, nil
}

// deleteIdempotencyRecords deletes the records of an object, and of an
// application's assignments with it.
func (tx *Tx) deleteIdempotencyRecords(what ObjectType, id string) error {
	types := []any{string(what), string(what), string(what)}
	if what == ApplicationObject {
		types = []any{string(ApplicationObject), string(ApplicationUserObject), string(ApplicationUsersObject)}
	}
	if _, err := tx.exec("DELETE FROM idempotency_records WHERE object_id = $1 AND object_type IN ($2, $3, $4)",
		append([]any{id}, types...)...); err != nil {
		return fmt.Errorf("delete the idempotency keys of the %s: %w", what, err)
	}
	return nil
}
