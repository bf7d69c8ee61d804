package application

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// keyRotation is where private state has the random value from which the
// Idempotency-Key of a rotation is derived while the state has no client secret:
// for secrets of one's own, after an import, and without a secret. It is stored
// before the first rotation (by Create, by the first Read after an import, or by
// the Update that removes the secret), because a kill during an Update loses what
// that Update stores.
const keyRotation = "rotation"

// ensureRotationSeed makes sure that there is something from which the key of the
// next rotation is derived, and returns it: the secret that it replaces, because
// Terraform drops private state when only the provider is killed, or else the
// value under [keyRotation], which it stores if there is none.
func (m *model) ensureRotationSeed(ctx context.Context, req *framework.Request) string {
	if secret := m.ClientSecret.ValueString(); secret != "" {
		return secret
	}
	var seed string
	_, diags := framework.Private(ctx, req.Private, keyRotation, &seed)
	req.Diags.Append(diags...)
	if seed == "" {
		seed = atm.NewIdempotencyKey()
		req.Diags.Append(framework.SetPrivate(ctx, req.Private, keyRotation, seed)...)
	}
	return seed
}

// rotationKey derives the Idempotency-Key of the rotation that replaces the
// application's secret of the version by what body asks for. A repetition has
// the same key; another body is another rotation and has another key.
func rotationKey(seed, application string, version int64, body atm.SecretRotation) (string, error) {
	text, err := json.Marshal(struct {
		Application string
		Version     int64
		Rotation    atm.SecretRotation
	}{application, version, body})
	if err != nil {
		return "", fmt.Errorf("deriving the key of a rotation: %w", err)
	}
	mac := hmac.New(sha256.New, []byte(seed))
	mac.Write(text)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

// rotate replaces the secret of the version that the state has, 0 being none. If an earlier
// apply has sent this rotation already and did not learn its outcome, ATM
// returns the response of then (a replay) and does not rotate again. ATM looks
// for a replay before it compares If-Match.
//
// current is the application as ATM has it now. A replay of a version before
// current's is not used: that secret was replaced since. The next rotation then
// starts from that version, so that its key is the same in the next apply too.
// From version 0 that cannot be told before: ATM continues its count of
// secrets, so only its response now tells whether the replayed secret is still
// valid.
func rotate(ctx context.Context, req *framework.UpdateRequest[model], etag string, current *atm.Application, body atm.SecretRotation) (*atm.Application, error) {
	seed, version := req.State.ensureRotationSeed(ctx, &req.Request), req.State.SecretVersion.ValueInt64()
	for {
		key, err := rotationKey(seed, current.Id, version, body)
		if err != nil {
			return nil, err
		}
		rotated, err := req.Client.RotateSecret(ctx, current.Id, etag, key, body)
		var unknown *atm.UnknownOutcomeError
		if errors.As(err, &unknown) {
			return nil, &unknownRotationError{err}
		}
		if err != nil {
			return nil, err
		}
		if current.SecretVersion == 0 {
			if current, err = req.Client.Application(ctx, current.Id); err != nil {
				return nil, err
			}
		}
		if current.SecretVersion > 0 && rotated.SecretVersion >= current.SecretVersion {
			return rotated, nil
		}
		version = max(version+1, int64(rotated.SecretVersion))
	}
}

// unknownRotationError is a rotation with unknown outcome.
type unknownRotationError struct{ err error }

func (e *unknownRotationError) Error() string { return e.err.Error() }
func (e *unknownRotationError) Unwrap() error { return e.err }

// Diagnose implements [framework.Diagnosable].
func (e *unknownRotationError) Diagnose(diags *diag.Diagnostics) {
	diags.AddError("It is unknown whether the secret was rotated",
		"Terraform sent the rotation of the client secret and received no valid response, so ATM may have a new secret. The state does not have it."+
			" Apply again within 24 hours: the next apply sends the same rotation under the same idempotency key."+
			" If ATM has rotated the secret, it returns the result of that rotation and does not rotate again, so that the overlap (previous_secret_expires_in) of the previous secret stays valid."+
			" Do not change previous_secret_expires_in or client_secret_wo before: with another value it is another rotation."+
			fmt.Sprintf("\n\n%v", e.err))
}
