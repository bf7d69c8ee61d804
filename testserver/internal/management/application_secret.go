package management

import (
	"context"
	"net/http"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const opRotation = "rotateApplicationSecret"

// RotateApplicationSecret replaces the client secret. A repeated request
// gets the first response before If-Match is checked: the first one has changed
// the etag.
func (s *server) RotateApplicationSecret(ctx context.Context, id string, p api.RotateApplicationSecretParams, body api.SecretRotation) (api.Response, error) {
	var errs fieldErrors
	secret := errs.secret(body.ClientSecret)
	overlap := time.Duration(or(body.PreviousSecretExpiresIn, 0)) * time.Second
	var cur store.Application
	allowed := func(tx *store.Tx) (err error) {
		if cur, err = tx.ApplicationForUpdate(id); err != nil {
			return err
		}
		if err := callerFrom(ctx).mayTouchApplication(tx, cur); err != nil {
			return err
		}
		return errs.err()
	}
	do := func(tx *store.Tx, now time.Time) (*response, error) {
		if err := ifMatch(p.IfMatch, cur.ETag); err != nil {
			return nil, err
		}
		if cur.ClientAuthentication != rules.SecretAuthentication {
			return nil, problem.NoClientSecret()
		}
		var previousExpiresAt time.Time
		if overlap > 0 {
			previousExpiresAt = now.Add(overlap)
		}
		rotated, err := tx.RotateSecret(cur.ID, secret.hash(), previousExpiresAt, now)
		if err != nil {
			return nil, err
		}
		shown := applicationBody(rotated)
		shown.ClientSecret = secret.generated()
		resp, err := object(http.StatusOK, rotated.ETag, shown)
		if err != nil {
			return nil, err
		}
		return resp.of(store.ApplicationObject, rotated.ID), nil
	}
	resp, err := s.once(ctx, request{operation: opRotation, target: id, key: p.IdempotencyKey}, allowed, do)
	return resp, s.failed(ctx, store.ApplicationObject, err)
}
