package oauth

import (
	"net/http"
	"slices"

	"github.com/rs/cors"
)

// preflightAge is how long a browser may remember a preflight, in seconds:
// short, since tests change origins.
const preflightAge = 60

// forBrowsers lets pages of allowed origins call an endpoint (Fetch standard,
// CORS protocol). A preflight does not say for which application it is sent,
// so it is allowed for an origin that any of them allows; narrowOrigin looks
// at the application's own list when the request itself names it.
//
// Any header may be sent, with credentials: HTTP clients and tracing add headers
// of their own, and the endpoints read no cookies.
func (s *Server) forBrowsers(next http.Handler, methods ...string) http.Handler {
	forPages := cors.New(cors.Options{
		AllowOriginVaryRequestFunc: func(r *http.Request, origin string) (bool, []string) {
			allowed, err := s.store.Direct(r.Context()).OriginAllowedByAny(origin)
			if err != nil {
				s.logger.ErrorContext(r.Context(), "allowed origins", "error", err)
			}
			return allowed && err == nil, nil
		},
		AllowedMethods:   methods,
		AllowedHeaders:   []string{"*"}, // those of the preflight, one by one
		AllowCredentials: true,
		ExposedHeaders:   []string{"Retry-After", "WWW-Authenticate", "X-Request-Id"},
		MaxAge:           preflightAge,
	}).Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == "" {
			// No page: cors would ask the store all the same.
			w.Header().Add("Vary", "Origin")
			next.ServeHTTP(w, r)
			return
		}
		forPages.ServeHTTP(w, r)
	})
}

// narrowOrigin takes the permission to read the response back where the
// application that the request was for does not allow the origin.
func (s *Server) narrowOrigin(w http.ResponseWriter, r *http.Request, c *call) {
	const allowOrigin = "Access-Control-Allow-Origin"
	origin := r.Header.Get("Origin")
	if origin == "" || c.event.ApplicationID == "" || w.Header().Get(allowOrigin) == "" {
		return
	}
	allowed, err := s.store.Direct(c.ctx).AllowedOrigins(c.event.ApplicationID)
	if err != nil {
		s.logger.ErrorContext(c.ctx, "allowed origins", "error", err)
	}
	if err != nil || !originAllowed(allowed, origin) {
		w.Header().Del(allowOrigin)
		w.Header().Del("Access-Control-Allow-Credentials")
		w.Header().Del("Access-Control-Expose-Headers")
	}
}

func originAllowed(allowed []string, origin string) bool {
	return slices.Contains(allowed, "*") || slices.Contains(allowed, origin)
}

// publicDocument lets every page read what is public anyway.
func publicDocument(next http.Handler) http.Handler {
	return cors.New(cors.Options{
		AllowedOrigins: []string{"*"},
		AllowedMethods: []string{http.MethodGet, http.MethodHead},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{"ETag", "X-Request-Id"},
		MaxAge:         preflightAge,
	}).Handler(next)
}
