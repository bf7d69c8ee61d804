// Package bearer finds the token that a request brings. It knows nothing of
// what the token opens.
package bearer

import (
	"net/http"
	"strings"
)

// Token takes the token from the Authorization header (RFC 6750 §2.1), and
// from nowhere else. There is none where the header is missing, occurs twice,
// or has another scheme.
func Token(r *http.Request) (token string, found bool) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	token = strings.TrimSpace(token)
	return token, token != ""
}
