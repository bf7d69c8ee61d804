package token

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// maxToken is far above an access token and far below what would hurt.
	maxToken = 16 << 10
	// maxDepth is far above the one level of a scope.
	maxDepth = 16
)

// checkShape refuses what two readers may read in two ways, or what costs more
// than a token can be worth, before anything else looks at it: three parts,
// JSON objects, no name twice, no deep nesting.
func checkShape(token string) error {
	if len(token) > maxToken {
		return fmt.Errorf("the token has %d characters; an access token of ATM has a few hundred", len(token))
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return fmt.Errorf("the token has %d parts instead of a JWT's 3", len(parts))
	}
	for i, name := range []string{"header", "payload"} {
		text, err := base64.RawURLEncoding.Strict().DecodeString(parts[i])
		if err != nil {
			return fmt.Errorf("the token's %s is not base64url", name)
		}
		if err := checkJSON(text); err != nil {
			return fmt.Errorf("the token's %s %w", name, err)
		}
	}
	return nil
}

// checkJSON reads one JSON object to its end.
func checkJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	first, err := decoder.Token()
	if err != nil || first != json.Delim('{') {
		return errors.New("is not a JSON object")
	}
	if err := checkObject(decoder, 1); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("goes on after its JSON object")
	}
	return nil
}

func checkObject(decoder *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return errors.New("is not JSON")
		}
		name, _ := token.(string)
		// encoding/json takes names in any case, so two cases of one name are two readings.
		if folded := strings.ToLower(name); seen[folded] {
			return fmt.Errorf("holds %q twice", shorten(name))
		} else {
			seen[folded] = true
		}
		if err := checkValue(decoder, depth); err != nil {
			return err
		}
	}
	return closing(decoder)
}

func checkValue(decoder *json.Decoder, depth int) error {
	token, err := decoder.Token()
	if err != nil {
		return errors.New("is not JSON")
	}
	switch token {
	case json.Delim('{'):
		if depth >= maxDepth {
			return fmt.Errorf("is nested more than %d deep", maxDepth)
		}
		return checkObject(decoder, depth+1)
	case json.Delim('['):
		if depth >= maxDepth {
			return fmt.Errorf("is nested more than %d deep", maxDepth)
		}
		for decoder.More() {
			if err := checkValue(decoder, depth+1); err != nil {
				return err
			}
		}
		return closing(decoder)
	}
	return nil
}

func closing(decoder *json.Decoder) error {
	if _, err := decoder.Token(); err != nil {
		return errors.New("is not JSON")
	}
	return nil
}
