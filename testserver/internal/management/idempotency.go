package management

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/openapi"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// How long the server keeps a response, and with it a key under which no object
// was created or changed; and how long a voided key.
const (
	responseLife = 24 * time.Hour
	voidLife     = 30 * 24 * time.Hour
)

// request is a request as an idempotency key sees it: the operation, and what
// tells it from another one of that operation.
type request struct {
	// operation is the operationId.
	operation string
	// target is the id in the path, with a slash between two; empty without one.
	target string
	// key is the caller's Idempotency-Key, nil without one.
	key *string
}

// once does a request in one transaction, or replays the response to the same
// caller's same request: record and change are stored together or not at all,
// and of two requests at a time the second waits for the first. allowed is
// called before a replay as well; it may be nil.
func (s *server) once(ctx context.Context, r request,
	allowed func(*store.Tx) error, do func(*store.Tx, time.Time) (*response, error),
) (*response, error) {
	var k *idempotencyKey
	if r.key != nil {
		var err error
		if k, err = newIdempotencyKey(callerFrom(ctx).id, *r.key); err != nil {
			return nil, err
		}
	}
	now := s.Clock.Now()
	var out *response
	err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if allowed != nil {
			if err := allowed(tx); err != nil {
				return err
			}
		}
		if k == nil {
			out, err = do(tx, now)
			return err
		}
		if out, err = k.once(tx, now, r, openapi.Body(ctx), do); err != nil || !out.replayed || out.object == "" {
			return err
		}
		// The response may hold a secret of an object that has moved since, or
		// the caller has.
		return callerFrom(ctx).seesObject(tx, out.object, out.objectID)
	})
	return out, err
}

// idempotencyKey is what is derived from a caller's key: the key itself opens
// the stored response and is not kept. Deriving binds all three to the caller.
type idempotencyKey struct {
	callerID                string
	hash, fingerprint, seal []byte
}

func newIdempotencyKey(callerID, key string) (*idempotencyKey, error) {
	prk, err := hkdf.Extract(sha256.New, []byte(key), []byte(callerID))
	if err != nil {
		return nil, fmt.Errorf("derive from an idempotency key: %w", err)
	}
	k := &idempotencyKey{callerID: callerID}
	for _, part := range []struct {
		into *[]byte
		info string
	}{{&k.hash, "atm idempotency lookup"}, {&k.fingerprint, "atm idempotency fingerprint"}, {&k.seal, "atm idempotency response"}} {
		if *part.into, err = hkdf.Expand(sha256.New, prk, part.info, sha256.Size); err != nil {
			return nil, fmt.Errorf("derive from an idempotency key: %w", err)
		}
	}
	return k, nil
}

func (k *idempotencyKey) once(tx *store.Tx, now time.Time, r request, body any,
	do func(*store.Tx, time.Time) (*response, error),
) (*response, error) {
	record, err := k.record(r, body, now)
	if err != nil {
		return nil, err
	}
	found, fresh, err := tx.ReserveIdempotencyKey(record, now)
	if err != nil {
		return nil, err
	}
	if !fresh {
		return k.replay(found, record)
	}
	out, err := do(tx, now)
	if err != nil {
		return nil, err
	}
	return out, k.complete(tx, record, out)
}

func (k *idempotencyKey) record(r request, body any, now time.Time) (store.IdempotencyRecord, error) {
	canonical, err := json.Marshal([]any{r.operation, r.target, body}) // names in order, numbers alike
	if err != nil {
		return store.IdempotencyRecord{}, fmt.Errorf("fingerprint of a request: %w", err)
	}
	mac := hmac.New(sha256.New, k.fingerprint)
	mac.Write(canonical)
	return store.IdempotencyRecord{
		CallerID: k.callerID, KeyHash: k.hash, Operation: r.operation,
		Fingerprint: mac.Sum(nil), ExpiresAt: now.Add(responseLife),
	}, nil
}

func (k *idempotencyKey) replay(found, record store.IdempotencyRecord) (*response, error) {
	switch {
	case found.Voided:
		return nil, problem.KeyVoid()
	case found.Operation != record.Operation || !hmac.Equal(found.Fingerprint, record.Fingerprint):
		return nil, problem.IdempotencyKeyReused()
	case found.Response == nil:
		return nil, problem.ResponseExpired()
	}
	out, err := k.open(found.Response)
	if err != nil {
		return nil, err
	}
	return out.of(found.ObjectType, found.ObjectID), nil
}

func (k *idempotencyKey) complete(tx *store.Tx, record store.IdempotencyRecord, out *response) error {
	var err error
	if record.Response, err = k.close(out); err != nil {
		return err
	}
	record.ObjectType, record.ObjectID, record.ObjectUserID = out.object, out.objectID, out.objectUserID
	return tx.CompleteIdempotencyKey(record)
}

// sealedResponse is what is encrypted: the response as it was sent.
type sealedResponse struct {
	Status int             `json:"status"`
	ETag   string          `json:"etag,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
}

func (k *idempotencyKey) close(r *response) ([]byte, error) {
	plain, err := json.Marshal(sealedResponse{Status: r.status, ETag: r.etag, Body: r.body})
	if err != nil {
		return nil, fmt.Errorf("keep a response: %w", err)
	}
	gcm, err := k.gcm()
	if err != nil {
		return nil, err
	}
	nonce := random.Key(gcm.NonceSize())
	return gcm.Seal(nonce, nonce, plain, k.hash), nil
}

func (k *idempotencyKey) open(sealed []byte) (*response, error) {
	gcm, err := k.gcm()
	if err != nil {
		return nil, err
	}
	if len(sealed) < gcm.NonceSize() {
		return nil, errors.New("a kept response is broken")
	}
	plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], k.hash)
	if err != nil {
		return nil, fmt.Errorf("open a kept response: %w", err)
	}
	var kept sealedResponse
	if err := json.Unmarshal(plain, &kept); err != nil {
		return nil, fmt.Errorf("read a kept response: %w", err)
	}
	return &response{status: kept.Status, etag: kept.ETag, body: kept.Body, replayed: true}, nil
}

func (k *idempotencyKey) gcm() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.seal)
	if err != nil {
		return nil, fmt.Errorf("cipher of an idempotency key: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("cipher of an idempotency key: %w", err)
	}
	return gcm, nil
}
