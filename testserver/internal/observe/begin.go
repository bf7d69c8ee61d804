package observe

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
)

// Begin is the outermost middleware, around the router. It gives a request its
// id (see requestid; the answer carries it too), the notes for its line of the
// log (see Note) and the router's context: together, since each by itself would
// copy the request.
func Begin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := requestid.Choose(r)
		w.Header().Set(requestid.Header, id)
		ctx := &begun{Context: r.Context(), id: id}
		ctx.route.RoutePatterns = ctx.patterns[:0]
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

type begun struct {
	context.Context
	id       any // a string
	notes    notebook
	route    chi.Context
	patterns [4]string
}

// Value implements context.Context.
func (b *begun) Value(key any) any {
	switch key {
	case requestid.Key{}:
		return b.id
	case notesKey{}:
		return &b.notes
	case chi.RouteCtxKey:
		return &b.route
	}
	return b.Context.Value(key)
}
