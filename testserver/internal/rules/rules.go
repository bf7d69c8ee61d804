// Package rules says which roles, authenticator types and lifespans there are,
// and which settings an authenticator type needs. The management API and the
// seed file use it; package validation checks texts and URLs. A function that
// checks a value returns nil, or an error whose text completes a sentence
// that begins with the field ("must be at least 60") and repeats no value.
package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Between checks a number of seconds, or of anything else.
func Between(n, low, high int64) error {
	switch {
	case n < low:
		return fmt.Errorf("must be at least %d", low)
	case n > high:
		return fmt.Errorf("must be at most %d", high)
	}
	return nil
}

// OneOf checks a value of an enumeration.
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
