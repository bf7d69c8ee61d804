package management

import (
	"context"
	"net/http"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const opRotation = "rotateApplicationSecret"

// RotateApplicationSecret replaces the client secret. A repeated request is
// answered again before If-Match is looked at: the first one has changed the
// etag.
func (s *server) RotateApplicationSecret(ctx context.Context, r api.RotateApplicationSecretRequestObject) (api.RotateApplicationSecretResponseObject, error) {
	var v verdict
	secret := v.secret(r.Body.ClientSecret)
	overlap := time.Duration(or(r.Body.PreviousSecretExpiresIn, 0)) * time.Second
	var cur store.Application
	allowed := func(tx *store.Tx) (err error) {
		if cur, err = tx.ApplicationForUpdate(r.Id); err != nil {
			return err
		}
		if err := callerFrom(ctx).mayTouchApplication(tx, cur); err != nil {
			return err
		}
		return v.err()
	}
	do := func(tx *store.Tx, now time.Time) (*answer, error) {
		if err := ifMatch(r.Params.IfMatch, cur.ETag); err != nil {
			return nil, err
		}
		var previousExpiresAt time.Time
		if overlap > 0 {
			previousExpiresAt = now.Add(overlap)
		}
		rotated, err := tx.RotateSecret(cur.ID, secret.hash(), previousExpiresAt, now)
		if err != nil {
			return nil, err
		}
		body := applicationBody(rotated)
		body.ClientSecret = secret.generated()
		a, err := object(http.StatusOK, rotated.ETag, body)
		if err != nil {
			return nil, err
		}
		return a.of(store.ApplicationObject, rotated.ID), nil
	}
	a, err := s.once(ctx, request{operation: opRotation, target: r.Id, key: r.Params.IdempotencyKey}, allowed, do)
	return a, s.failed(ctx, store.ApplicationObject, err)
}
