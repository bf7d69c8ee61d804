package assertion

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// maxSize is the length in bytes of the longest assertion that ATM accepts.
	maxSize = 16 << 10
	// leeway is how far ATM's clock may be behind this machine's.
	leeway = time.Minute
)

// claims are those of an assertion, before anyone has verified it.
type claims struct{ jwt.RegisteredClaims }

// CheckToken finds what is no signed JWT in the compact form (RFC 7515 §7.1). The
// error continues a sentence that begins with the name of what contains it.
func CheckToken(token string) error {
	if _, err := read(token); err != nil {
		return fmt.Errorf("contains a text that %w", err)
	}
	return nil
}

// read decodes the claims, whose signature ATM verifies. Its errors continue "a
// token that …" and contain nothing of the token.
func read(token string) (*claims, error) {
	var c claims
	switch {
	case len(token) > maxSize:
		return nil, fmt.Errorf("is longer than %d KiB", maxSize>>10)
	case len(token) > 6 && strings.EqualFold(token[:7], "Bearer "):
		return nil, errors.New(`begins with "Bearer "; give only the token`)
	}
	if _, _, err := jwt.NewParser().ParseUnverified(token, &c); err != nil {
		return nil, errors.New("is not a JWT. A JWT has three parts, separated by dots, and usually begins with eyJ")
	}
	return &c, nil
}

func (c *claims) expires() time.Time {
	if c.ExpiresAt == nil {
		return time.Time{}
	}
	return c.ExpiresAt.Time
}

// isFor reports whether the audience is the token's only one.
func (c *claims) isFor(audience string) bool {
	return len(c.Audience) == 1 && c.Audience[0] == audience
}

// audiences prints aud, which is no secret.
func (c *claims) audiences() string {
	if len(c.Audience) == 0 {
		return "missing"
	}
	quoted := make([]string, len(c.Audience))
	for i, audience := range c.Audience {
		quoted[i] = quote(audience)
	}
	return strings.Join(quoted, ", ")
}

// quote makes a claim fit to print.
func quote(text string) string {
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200]) + "…"
	}
	return strconv.Quote(text)
}
