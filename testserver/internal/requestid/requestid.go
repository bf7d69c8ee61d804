// Package requestid gives every request an id that is in its response, its log
// line, its journal entry and its problem document, so that the four can be
// brought together. It knows nothing of what a request asks for.
package requestid

import (
	"context"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
)

// Header is the name of the header that carries the id, both ways.
const Header = "X-Request-Id"

const maxLength = 128

type key struct{}

// From returns the id of the request that ctx belongs to, or "" outside one.
func From(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}

// Middleware keeps the id that a request brought, where it is valid, and makes
// one up if not. The response carries it in both cases.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(Header)
		if !Valid(id) {
			id = random.ID()
		}
		w.Header().Set(Header, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, id)))
	})
}

// Ensure is Middleware for a handler that is usually inside one: a request that
// has its id already keeps it.
func Ensure(next http.Handler) http.Handler {
	outermost := Middleware(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if From(r.Context()) != "" {
			next.ServeHTTP(w, r)
			return
		}
		outermost.ServeHTTP(w, r)
	})
}

// Valid reports whether a request may bring id: 1 to 128 characters of
// A-Za-z0-9._-. Anything else could forge a line of a log.
func Valid(id string) bool {
	if id == "" || len(id) > maxLength {
		return false
	}
	for i := range len(id) {
		c := id[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}
