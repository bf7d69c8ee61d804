package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// IdempotencyRecord is what a caller's key made, to be answered again.
type IdempotencyRecord struct {
	// CallerID is the user that sent the key. KeyHash is the key's hash: the
	// key itself, which opens the answer, is not stored.
	CallerID string
	KeyHash  []byte
	// Operation names what was asked for.
	Operation string
	// Fingerprint tells one body from another.
	Fingerprint []byte
	// Answer is the encrypted answer, nil where there is nothing to replay.
	Answer []byte
	// ObjectType and ObjectID name the object that was made or changed, with
	// which the record goes; empty where there is none.
	ObjectType           ObjectType
	ObjectID             string
	CreatedAt, ExpiresAt time.Time
}

const idempotencyColumns = `caller_id, key_hash, operation, fingerprint, answer, object_type, object_id,
	created_at, expires_at`

func scanIdempotencyRecord(row scanner) (IdempotencyRecord, error) {
	var r IdempotencyRecord
	var objectType, objectID sql.NullString
	var created, expires int64
	err := row.Scan(&r.CallerID, &r.KeyHash, &r.Operation, &r.Fingerprint, &r.Answer, &objectType, &objectID,
		&created, &expires)
	r.ObjectType, r.ObjectID = ObjectType(objectType.String), objectID.String
	r.CreatedAt, r.ExpiresAt = fromMicros(created), fromMicros(expires)
	return r, err
}

// ReserveIdempotencyKey takes a key for this transaction, which then does what
// was asked for and calls CompleteIdempotencyKey, so that key and object are
// there together or not at all. While it runs, others with the same key wait.
// Where the key was used and has not expired, it returns that record and
// false. Of r it takes CallerID, KeyHash, Operation, Fingerprint and
// ExpiresAt. A caller that does not exist is ErrReference.
func (tx *Tx) ReserveIdempotencyKey(r IdempotencyRecord, now time.Time) (IdempotencyRecord, bool, error) {
	if err := tx.inWrite(); err != nil {
		return IdempotencyRecord{}, false, err
	}
	n, err := tx.exec(`INSERT INTO idempotency_records (caller_id, key_hash, operation, fingerprint, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (caller_id, key_hash) DO UPDATE SET operation = excluded.operation,
			fingerprint = excluded.fingerprint, answer = NULL, object_type = NULL, object_id = NULL,
			created_at = excluded.created_at, expires_at = excluded.expires_at
		WHERE idempotency_records.expires_at <= $7`,
		r.CallerID, r.KeyHash, r.Operation, r.Fingerprint, micros(now), micros(r.ExpiresAt), micros(now))
	if err != nil {
		return IdempotencyRecord{}, false, fmt.Errorf("reserve an idempotency key: %w", err)
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

// CompleteIdempotencyKey adds to a reserved key what it made. Of r it takes
// CallerID, KeyHash, Answer, ObjectType and ObjectID. One statement.
func (tx *Tx) CompleteIdempotencyKey(r IdempotencyRecord) error {
	n, err := tx.exec(`UPDATE idempotency_records SET answer = $3, object_type = $4, object_id = $5
		WHERE caller_id = $1 AND key_hash = $2`,
		r.CallerID, r.KeyHash, bytesOrNull(r.Answer), textOrNull(string(r.ObjectType)), textOrNull(r.ObjectID))
	if err != nil {
		return fmt.Errorf("complete an idempotency key: %w", err)
	}
	if n == 0 {
		return fmt.Errorf("complete an idempotency key: %w", ErrNotFound)
	}
	return nil
}

// IdempotencyRecord reads what a caller's key made; ErrNotFound also when it
// has expired. One statement.
func (tx *Tx) IdempotencyRecord(callerID string, keyHash []byte, now time.Time) (IdempotencyRecord, error) {
	return selectOne(tx, scanIdempotencyRecord, "SELECT "+idempotencyColumns+` FROM idempotency_records
		WHERE caller_id = $1 AND key_hash = $2 AND expires_at > $3`, callerID, keyHash, micros(now))
}

// DeleteExpiredIdempotencyRecords deletes up to limit records that have
// expired, and returns how many. One statement.
func (tx *Tx) DeleteExpiredIdempotencyRecords(now time.Time, limit int) (int64, error) {
	// A row has no id of its own; PostgreSQL and SQLite both compare pairs.
	n, err := tx.exec(`DELETE FROM idempotency_records WHERE (caller_id, key_hash) IN
		(SELECT caller_id, key_hash FROM idempotency_records WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`,
		micros(now), int64(limit))
	if err != nil {
		return 0, fmt.Errorf("delete expired idempotency keys: %w", err)
	}
	return n, nil
}
