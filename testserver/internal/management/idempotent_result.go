package management

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// creates are the operations of which a key tells the object.
var creates = []string{opCreateSuite, opCreateProject, opCreateApplication, opCreateUser}

// GetIdempotentResult tells which object the caller's create made.
func (s *server) GetIdempotentResult(ctx context.Context, r api.GetIdempotentResultRequestObject) (api.GetIdempotentResultResponseObject, error) {
	k, err := newIdempotencyKey(callerFrom(ctx).id, r.Params.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	record, err := s.Store.Direct(ctx).IdempotencyRecord(k.callerID, k.hash, s.Clock.Now())
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !slices.Contains(creates, record.Operation):
		return nil, problem.NotFound("result: no create of the caller has this key")
	case err != nil:
		return nil, err
	}
	return document(http.StatusOK, api.IdempotentResult{Type: api.IdempotentResultType(record.ObjectType), Id: record.ObjectID})
}
