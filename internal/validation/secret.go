package validation

import (
	"errors"
	"fmt"
)

// MinClientSecretDistinct is how many different characters a client secret has
// at least.
const MinClientSecretDistinct = 12

// ClientSecret judges a given client secret: 32 to 128 printable ASCII
// characters, at least 12 of them different. Nothing else is judged.
func ClientSecret(secret string) error {
	seen := map[byte]bool{}
	for i := range len(secret) {
		if c := secret[i]; c < ' ' || c > '~' {
			return errors.New("must contain only printable ASCII characters")
		}
		seen[secret[i]] = true
	}
	switch {
	case len(secret) < MinClientSecret:
		return fmt.Errorf("must have at least %d characters", MinClientSecret)
	case len(secret) > MaxClientSecret:
		return fmt.Errorf("must have at most %d characters", MaxClientSecret)
	case len(seen) < MinClientSecretDistinct:
		return fmt.Errorf("must have at least %d different characters", MinClientSecretDistinct)
	}
	return nil
}
