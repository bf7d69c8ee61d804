// Package mint makes tokens that are wrong, for the tests of those who must
// refuse them. It decodes a right token, changes what the request names, and
// signs the rest. It must be reachable only through the test-control API and
// the Go package: a client that mints tokens can be any user.
package mint

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

// Values of a request's Key.
const (
	current = "current"
	unknown = "unknown"
)

// Minter signs with the current key of a manager, or with an unpublished one.
type Minter struct {
	manager *keys.Manager
	unknown func() (*rsa.PrivateKey, error)
}

// New returns a minter.
func New(manager *keys.Manager) *Minter {
	return &Minter{manager: manager, unknown: sync.OnceValues(func() (*rsa.PrivateKey, error) {
		return rsa.GenerateKey(rand.Reader, 2048)
	})}
}

// Mint changes a right token. An error about the spec is a *problem.Error that
// names its field as the contract does.
func (m *Minter) Mint(now time.Time, right string, spec testcontrol.MintRequest) (string, error) {
	key, kid, err := m.key(spec.Key)
	if err != nil {
		return "", err
	}
	method, secret, err := signing(spec.Algorithm, key)
	if err != nil {
		return "", err
	}
	claims := jwt.MapClaims{}
	// The token has just been issued: only its claims are wanted.
	parser := jwt.NewParser(jwt.WithJSONNumber())
	if _, _, err := parser.ParseUnverified(right, claims); err != nil {
		return "", fmt.Errorf("read the right token: %w", err)
	}
	change(claims, now, spec)

	token := jwt.NewWithClaims(method, claims)
	switch {
	case spec.KeyID == nil:
		token.Header["kid"] = kid
	case *spec.KeyID != "":
		token.Header["kid"] = *spec.KeyID
	}
	signed, err := token.SignedString(secret)
	if err != nil {
		return "", fmt.Errorf("sign the token: %w", err)
	}
	return signed, nil
}

func change(claims jwt.MapClaims, now time.Time, spec testcontrol.MintRequest) {
	if spec.ExpiresIn != nil {
		expires := now.Unix() + *spec.ExpiresIn
		claims["exp"] = expires
		if issued := now.Unix(); expires <= issued {
			// It was right once: issued before it expired.
			claims["iat"] = expires - 1
		}
	}
	for name, value := range spec.Claims {
		if value == nil {
			delete(claims, name)
			continue
		}
		claims[name] = value
	}
}

func (m *Minter) key(which string) (crypto.Signer, string, error) {
	switch which {
	case "", current:
		key := m.manager.Current()
		return key.Signer(), key.ID, nil
	case unknown:
		key, err := m.unknown()
		if err != nil {
			return nil, "", fmt.Errorf("generate a key: %w", err)
		}
		return key, keys.Thumbprint(&key.PublicKey), nil
	}
	return nil, "", problem.InvalidField("/key", "must be current or unknown")
}

// signing returns an algorithm and what it takes for a key.
func signing(algorithm string, key crypto.Signer) (jwt.SigningMethod, any, error) {
	if algorithm == "" {
		algorithm = keys.Algorithm
	}
	if algorithm == jwt.SigningMethodNone.Alg() {
		return jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil
	}
	method := jwt.GetSigningMethod(algorithm)
	switch {
	case method == nil:
	case strings.HasPrefix(algorithm, "RS"), strings.HasPrefix(algorithm, "PS"):
		return method, key, nil
	case strings.HasPrefix(algorithm, "HS"):
		// The attack on verifiers that take the algorithm from the header
		// (RFC 8725 §2.1): all know the public key.
		public, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			return nil, nil, fmt.Errorf("encode the public key: %w", err)
		}
		return method, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), nil
	}
	return nil, nil, problem.InvalidField("/alg",
		"must be RS256, RS384, RS512, PS256, PS384, PS512, HS256, HS384, HS512 or none")
}
