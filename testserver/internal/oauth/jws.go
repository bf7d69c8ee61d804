package oauth

import (
	"bytes"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/base64url"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
)

// maxToken is the size of the largest token that is looked at: ours have about
// a kilobyte.
const maxToken = 16 << 10

// joseHeader is all that our tokens have: a header with anything else (jwk,
// jku, x5u, crit, …) is none of ours (RFC 8725 §3.10).
type joseHeader struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ"`
}

// open checks the signature of a compact JWS with the server's own keys and
// decodes its claims. It returns false for a token that is not one of this
// server's making, in whatever way; an error is the server's own.
//
// golang-jwt checks the signature, but not the form: its parser takes repeated
// members and headers with crit.
func (s *Server) open(ctx context.Context, token string, claims any) (bool, error) {
	if len(token) > maxToken || strings.Count(token, ".") != 2 {
		return false, nil
	}
	end := strings.LastIndexByte(token, '.')
	input, signature := token[:end], token[end+1:]
	header, payload, _ := strings.Cut(input, ".")

	var jose joseHeader
	if !decode(header, &jose, json.RejectUnknownMembers(true)) || jose.Algorithm != keys.Algorithm || jose.Type != "JWT" {
		return false, nil
	}
	key, err := s.keys.PublicKey(ctx, jose.KeyID)
	if err != nil {
		return false, fmt.Errorf("look up a signing key: %w", err)
	}
	return key != nil && signedBy(key, input, signature) && decode(payload, claims), nil
}

func signedBy(key *rsa.PublicKey, input, signature string) bool {
	raw, err := base64url.Decode(signature)
	return err == nil && jwt.SigningMethodRS256.Verify(input, raw, key) == nil
}

// decode reads a part of a token: an object in which no member is repeated,
// with names exactly as they are written.
func decode(part string, into any, options ...json.Options) bool {
	raw, err := base64url.Decode(part)
	return err == nil && isShallow(raw) && json.Unmarshal(raw, into, options...) == nil
}

// maxDepth is how deeply a token's claims may be nested: ours have two levels.
const maxDepth = 8

func isShallow(raw []byte) bool {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(raw))
	for {
		if _, err := decoder.ReadToken(); err != nil {
			return errors.Is(err, io.EOF)
		}
		if decoder.StackDepth() > maxDepth {
			return false
		}
	}
}
