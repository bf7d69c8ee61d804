package keys

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Place is a place in the queue for signatures: what was admitted is signed,
// so that a request can be turned away before it has changed anything.
type Place struct{ manager *Manager }

// Admit takes a place, which Leave gives back. It returns ErrBusy when the
// queue is full.
func (r *Manager) Admit() (Place, error) {
	if err := r.gate.admit(); err != nil {
		return Place{}, err
	}
	return Place{r}, nil
}

// Waiting returns how many places are taken: responses that are being signed or
// wait for it.
func (r *Manager) Waiting() int { return int(r.gate.admitted.Load()) }

// Leave gives the place back.
func (p Place) Leave() { p.manager.gate.leave() }

// Payload returns what is to be signed, from the tokens of the same response
// that are signed already: an id token contains the hash of its access token.
type Payload func(signed []string) []byte

// Sign returns the compact JWS (RFC 7515 §3.1) of each payload, signed with
// the current key by RS256. The last of them must not be believed after
// expires: the key stays in the JWKS until then. All signatures of a response
// are made in one turn.
func (p Place) Sign(ctx context.Context, expires time.Time, payloads ...Payload) ([]string, error) {
	r := p.manager
	s := r.at()
	if r.isLate(s) {
		s = r.catchUp(ctx)
	}
	if err := r.extend(ctx, s.current.entry, expires); err != nil {
		return nil, err
	}
	if err := r.gate.enter(ctx); err != nil {
		return nil, fmt.Errorf("wait for a signature: %w", err)
	}
	defer r.gate.exit()
	tokens := make([]string, 0, len(payloads))
	for _, payload := range payloads {
		token, err := s.current.key.sign(payload(tokens))
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}

// isLate reports whether a rotation is due and was not made: a test has moved
// the clock. Without that, the manager makes it within seconds, and no
// signature waits.
func (r *Manager) isLate(s *state) bool {
	return s.due && (r.config.Immediate || r.config.Clock.Now().Sub(s.dueAt) > lag)
}

// catchUp makes a rotation that is late, so that a clock that was moved past it
// has the next key in the next token. Where it fails, the current key goes on.
func (r *Manager) catchUp(ctx context.Context) *state {
	if err := r.lock(ctx); err != nil {
		return r.at()
	}
	defer r.unlock()
	if !r.isLate(r.at()) {
		return r.at() // another signature waited for it
	}
	err := r.refresh(ctx)
	if err == nil && r.at().due {
		_, err = r.rotate(ctx)
	}
	if err != nil && ctx.Err() == nil {
		r.logger.ErrorContext(ctx, "late rotation of the signing key", "error", err)
	}
	return r.at()
}

// extend has the store keep a key in the JWKS until then. Tokens expire at
// whole seconds, so that it has something to write about once a second.
func (r *Manager) extend(ctx context.Context, e *entry, expires time.Time) error {
	until := expires.UnixMicro()
	if e.until.Load() >= until {
		return nil
	}
	e.extending.Lock()
	defer e.extending.Unlock()
	if e.until.Load() >= until {
		return nil
	}
	if err := r.config.Store.Direct(ctx).ExtendSigningKey(e.key.ID, expires); err != nil {
		return err
	}
	e.until.Store(until)
	for {
		s := r.at()
		if s.current.entry == e {
			return nil
		}
		// It was retired meanwhile: the JWKS is to name it for longer.
		if r.state.CompareAndSwap(s, newState(s.keys, r.config.Clock.Now(), &r.config)) {
			return nil
		}
	}
}

// Probe makes a signature, which leaves the server in no token, and verifies it.
// It does not wait for the signatures of others.
func (r *Manager) Probe() error {
	key := r.Current()
	digest := sha256.Sum256([]byte("probe"))
	signature, err := key.private.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return fmt.Errorf("sign with key %s: %w", key.ID, err)
	}
	return rsa.VerifyPKCS1v15(key.Public, crypto.SHA256, digest[:], signature)
}

// Current returns the key that signs now.
func (r *Manager) Current() *Key { return r.at().current.key }

// Signer returns the private key, for tokens that tests want wrong.
func (k *Key) Signer() crypto.Signer { return k.private }

// PublicKey returns the key of a kid, with any status, or nil where there is
// none. It asks the store when the manager does not know it.
func (r *Manager) PublicKey(ctx context.Context, kid string) (*rsa.PublicKey, error) {
	if e, known := r.at().byID[kid]; known {
		return e.key.Public, nil
	}
	if !isThumbprint(kid) {
		return nil, nil
	}
	row, err := r.config.Store.Direct(ctx).SigningKey(kid)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r.wake() // the others may have changed as well
	return parsePublic(row.PublicKey)
}

// isThumbprint reports whether a kid may be one of ours, so that nothing else
// reaches the store.
func isThumbprint(kid string) bool {
	const size = 43 // of SHA-256 in unpadded base64url
	if len(kid) != size {
		return false
	}
	for i := range size {
		c := kid[i]
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
