package observe

import (
	"context"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
)

// Begin is the outermost middleware, around the router. It gives a request its
// id (see requestid; the response has it too) and the notes for its line of the
// log (see Note).
func Begin(next http.Handler) http.Handler {
	return requestid.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), notesKey{}, &notebook{})))
	}))
}
