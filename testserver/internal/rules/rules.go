// Package rules holds what ATM accepts as the value of a field where a schema
// cannot say it: URLs, origins, secrets, e-mails, names, and which settings a
// flow needs. The management API, the seed file and the administrator's flags
// judge by the same rules. Each function returns nil, or an error whose text
// completes a sentence that begins with the field ("must not have a
// fragment") and repeats no value.
package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a client secret, in characters.
const (
	minSecret         = 32
	maxSecret         = 128
	minSecretDistinct = 12
)

// ClientSecret judges a given client secret: 32 to 128 printable ASCII
// characters, at least 12 of them different. Nothing else is judged.
func ClientSecret(secret string) error {
	seen := map[byte]bool{}
	for i := range len(secret) {
		if c := secret[i]; c < ' ' || c > '~' {
			return errors.New("must hold only printable ASCII characters")
		}
		seen[secret[i]] = true
	}
	switch {
	case len(secret) < minSecret:
		return fmt.Errorf("must have at least %d characters", minSecret)
	case len(secret) > maxSecret:
		return fmt.Errorf("must have at most %d characters", maxSecret)
	case len(seen) < minSecretDistinct:
		return fmt.Errorf("must have at least %d different characters", minSecretDistinct)
	}
	return nil
}

// Password judges a password: 8 to 256 characters and no rule of composition.
func Password(password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < 8:
		return errors.New("must have at least 8 characters")
	case n > 256:
		return errors.New("must have at most 256 characters")
	}
	return nil
}

// Name judges a name: 1 to 100 characters, without slash and control
// characters.
func Name(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return errors.New("must not be empty")
	case n > 100:
		return errors.New("must have at most 100 characters")
	}
	for _, r := range name {
		if r == '/' || r == utf8.RuneError || unicode.IsControl(r) {
			return errors.New("must hold neither a slash nor control characters")
		}
	}
	return nil
}

// Email judges the shape of an e-mail address: 3 to 254 characters, one @ with
// something on both sides, no spaces and no control characters. Whether it can
// be reached is nobody's business here.
func Email(email string) error {
	switch n := utf8.RuneCountInString(email); {
	case n < 3:
		return errors.New("must have at least 3 characters")
	case n > 254:
		return errors.New("must have at most 254 characters")
	}
	local, domain, found := strings.Cut(email, "@")
	if !found || local == "" || domain == "" || strings.Contains(domain, "@") {
		return errors.New("must be an e-mail address")
	}
	for _, r := range email {
		if r == utf8.RuneError || unicode.IsSpace(r) || unicode.IsControl(r) {
			return errors.New("must hold neither spaces nor control characters")
		}
	}
	return nil
}

// ObjectID judges a given id: 1 to 64 letters, digits, - and _.
func ObjectID(id string) error {
	if id == "" || len(id) > 64 {
		return errors.New("must have 1 to 64 characters")
	}
	for i := range len(id) {
		if !isIDCharacter(id[i]) {
			return errors.New("must hold only letters, digits, - and _")
		}
	}
	return nil
}

func isIDCharacter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// Between judges a number of seconds, or of anything else.
func Between(n, low, high int64) error {
	switch {
	case n < low:
		return fmt.Errorf("must be at least %d", low)
	case n > high:
		return fmt.Errorf("must be at most %d", high)
	}
	return nil
}

// OneOf judges a value of which there are few.
func OneOf(value string, allowed []string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return NotOneOf(allowed)
}

// NotOneOf is what OneOf says of all other values.
func NotOneOf(allowed []string) error {
	return errors.New("must be one of " + strings.Join(allowed, ", "))
}

// Text judges a first or last name: up to 100 characters, least at the fewest.
func Text(text string, least int) error {
	switch n := utf8.RuneCountInString(text); {
	case n < least:
		return errors.New("must not be empty")
	case n > 100:
		return errors.New("must have at most 100 characters")
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return errors.New("must be UTF-8 without NUL")
	}
	return nil
}
