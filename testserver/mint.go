package testserver

import (
	"context"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

// TokenSpec says how a token should differ from a right one of the
// administrator. The zero value is a right one.
type TokenSpec struct {
	// Claims are merged over the right token's; nil removes one.
	Claims map[string]any
	// ExpiresIn is in seconds from the server's now; negative makes an expired
	// token. nil is the administrator's application's lifespan.
	ExpiresIn *int64
	// KeyID replaces the header's kid. nil is that of the key that signs; a
	// pointer to "" leaves it out.
	KeyID *string
	// Algorithm is the header's alg: RS256 (when empty), RS384, RS512, PS256,
	// PS384, PS512, HS256, HS384 or HS512 with the public key's PEM as the
	// secret, or none.
	Algorithm string
	// Key is "current" (or empty), or "unknown" for a key that is in no JWKS.
	Key string
}

// Mint makes an access token as wrong as asked for, for tests of what must
// refuse it. The errors name the field that cannot be met.
func (s *Server) Mint(ctx context.Context, spec TokenSpec) (string, error) {
	return s.mint(ctx, testcontrol.MintRequest(spec))
}

func (s *Server) mint(ctx context.Context, spec testcontrol.MintRequest) (string, error) {
	right, err := s.adminToken(ctx)
	if err != nil {
		return "", err
	}
	return s.components.minter.Mint(s.Clock.Now(), right, spec)
}

// RotateKey makes the next signing key the current one and returns its key id.
// With WithJWKSMaxAge, it becomes the current one as soon as it has been
// published for that long; else at once.
func (s *Server) RotateKey(ctx context.Context) (kid string, err error) {
	info, err := s.keys.Rotate(ctx)
	if err != nil {
		return "", err
	}
	return info.ID, nil
}
