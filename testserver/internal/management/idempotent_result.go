package management

import (
	"context"
	"errors"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// GetIdempotentResult names the object that the caller's request created or
// changed.
func (s *server) GetIdempotentResult(ctx context.Context, p api.GetIdempotentResultParams) (api.Response, error) {
	k, err := newIdempotencyKey(callerFrom(ctx).id, p.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	record, err := s.Store.Direct(ctx).IdempotencyRecord(k.callerID, k.hash, s.Clock.Now())
	if errors.Is(err, store.ErrNotFound) {
		return nil, noResult()
	}
	if err != nil {
		return nil, err
	}
	return result(record)
}

// VoidIdempotencyKey tells the same, or sees to it that nothing will be done
// under the key.
func (s *server) VoidIdempotencyKey(ctx context.Context, p api.VoidIdempotencyKeyParams) (api.Response, error) {
	k, err := newIdempotencyKey(callerFrom(ctx).id, p.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	void := store.IdempotencyRecord{CallerID: k.callerID, KeyHash: k.hash, ExpiresAt: now.Add(voidLife)}
	var record store.IdempotencyRecord
	err = s.Store.Write(ctx, func(tx *store.Tx) (err error) {
		record, _, err = tx.VoidIdempotencyKey(void, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return result(record)
}

// result is the response with the object of a record. A record without one is of a void
// key, or of a request that concerns no single object.
func result(r store.IdempotencyRecord) (*response, error) {
	if r.ObjectID == "" {
		return nil, noResult()
	}
	id := r.ObjectID
	if r.ObjectUserID != "" {
		id += "/" + r.ObjectUserID
	}
	return document(http.StatusOK, api.IdempotentResult{Type: api.IdempotentResultType(r.ObjectType), Id: id})
}

func noResult() error {
	p := problem.NotFound("result")
	p.Detail = "No request of the caller with this Idempotency-Key was completed."
	return p
}
