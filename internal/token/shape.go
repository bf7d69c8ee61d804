package token

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"
)

const (
	// maxToken is far above an access token and what fits into a header.
	maxToken = 16 << 10
	// maxDepth is far above the one level of a scope.
	maxDepth = 8
)

// unverified is a token as it reads, before anyone vouches for it.
type unverified struct {
	header map[string]any
	claims map[string]any
	// payload is the claims' JSON as it was sent.
	payload []byte
}

// parse reads a token of the JWS compact form (RFC 7515 §7.1). It refuses what
// two readers may read in two ways, or what costs more than a token can be
// worth: other alphabets and padding, names that occur twice, deep nesting. Its
// errors are a [*Refusal].
func parse(token string) (*unverified, error) {
	if len(token) > maxToken {
		return nil, refuse(CheckForm, "it has %d characters; an access token of ATM has a few hundred", len(token))
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, refuse(CheckForm, "it does not consist of three parts, separated by dots (RFC 7515 §7.1)")
	}
	var (
		read unverified
		err  error
	)
	if read.header, _, err = part("header", parts[0]); err != nil {
		return nil, err
	}
	if read.claims, read.payload, err = part("payload", parts[1]); err != nil {
		return nil, err
	}
	if _, err := base64url(parts[2]); err != nil {
		return nil, refuse(CheckForm, "its signature %v", err)
	}
	return &read, nil
}

func part(name, encoded string) (map[string]any, []byte, error) {
	text, err := base64url(encoded)
	if err != nil {
		return nil, nil, refuse(CheckForm, "its %s %v", name, err)
	}
	object, err := strictjson.Object(text, maxDepth)
	if err != nil {
		return nil, nil, refuse(CheckForm, "its %s cannot be read: %v", name, err)
	}
	return object, text, nil
}

// base64url reads the one spelling that RFC 7515 §2 allows. Go's decoder
// without this check would skip line breaks.
func base64url(encoded string) ([]byte, error) {
	if encoded == "" {
		return nil, errors.New("is empty")
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || strings.ContainsAny(encoded, "\r\n") {
		return nil, errors.New("is not base64url without padding (RFC 7515 §2)")
	}
	return text, nil
}
