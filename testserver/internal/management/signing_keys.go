package management

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const opRotateSigningKey = "rotateSigningKey"

func signingKeyBody(k keys.Info) api.SigningKey {
	return api.SigningKey{
		Kid: k.ID, Alg: api.SigningKeyAlgRS256, Status: api.SigningKeyStatus(k.Status), CreatedAt: k.CreatedAt,
		ActivatesAt: orNull(k.ActivatesAt), ExpiresAt: orNull(k.ExpiresAt),
		PublicKey: api.JWK{
			Kty: api.RSA, Use: api.Sig, Alg: api.JWKAlgRS256, Kid: k.JWK.ID, N: k.JWK.Modulus, E: k.JWK.Exponent,
		},
	}
}

// ListSigningKeys lists the keys' public parts.
func (s *server) ListSigningKeys(ctx context.Context) (api.Response, error) {
	if err := callerFrom(ctx).mayUseSigningKeys(); err != nil {
		return nil, err
	}
	found, err := s.Keys.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the signing keys: %w", err)
	}
	return document(http.StatusOK, api.SigningKeyList{Items: each(found, signingKeyBody), Total: len(found)})
}

// RotateSigningKey makes the next key the current one. The keys have
// transactions of its own, so the key's record is written after the rotation;
// a repetition that falls between the two finds the same key pending.
func (s *server) RotateSigningKey(ctx context.Context, p api.RotateSigningKeyParams) (api.Response, error) {
	if err := callerFrom(ctx).mayUseSigningKeys(); err != nil {
		return nil, err
	}
	kept, err := s.kept(ctx, request{operation: opRotateSigningKey, key: p.IdempotencyKey})
	if kept != nil || err != nil {
		return kept, err
	}
	rotated, err := s.Keys.Rotate(ctx)
	if err != nil {
		return nil, fmt.Errorf("rotate the signing key: %w", err)
	}
	return s.once(ctx, request{operation: opRotateSigningKey, key: p.IdempotencyKey}, nil,
		func(*store.Tx, time.Time) (*response, error) { return document(http.StatusOK, signingKeyBody(rotated)) })
}

// kept is the response that a key replays, nil for a new key.
func (s *server) kept(ctx context.Context, r request) (*response, error) {
	if r.key == nil {
		return nil, nil
	}
	k, err := newIdempotencyKey(callerFrom(ctx).id, *r.key)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	want, err := k.record(r, nil, now)
	if err != nil {
		return nil, err
	}
	found, err := s.Store.Direct(ctx).IdempotencyRecord(k.callerID, k.hash, now)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return k.replay(found, want)
}
