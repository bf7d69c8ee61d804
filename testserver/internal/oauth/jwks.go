package oauth

import (
	"net/http"
	"strconv"
	"strings"
)

// JWKS serves the published signing keys (RFC 7517; ATM: user-credentials
// page) from bytes that were prepared when they last changed.
func (s *Server) JWKS() http.Handler {
	contentType, cacheControl := []string{"application/json"}, []string{s.keys.CacheControl()}
	return publicDocument(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuseAllButGet(w, r) {
			return
		}
		body, etag, err := s.keys.JWKS(r.Context())
		if err != nil {
			refusal := fail(r.Context(), err)
			s.logger.ErrorContext(r.Context(), "JWKS", "error", err)
			writeError(w, r, refusal)
			return
		}
		header := w.Header()
		header["Cache-Control"] = cacheControl
		header["Etag"] = []string{etag}
		if matches(r.Header["If-None-Match"], etag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		header["Content-Type"] = contentType
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
		if r.Method == http.MethodGet {
			_, _ = w.Write(body) // a caller that is gone is not the server's error
		}
	}))
}

// refuseAllButGet responds with 405 to what is neither GET nor HEAD.
func refuseAllButGet(w http.ResponseWriter, r *http.Request) bool {
	refusal := allow(w, r, http.MethodGet, http.MethodHead)
	if refusal != nil {
		writeError(w, r, refusal)
	}
	return refusal != nil
}

// matches compares weakly, as If-None-Match does (RFC 9110 §13.1.2).
func matches(ifNoneMatch []string, etag string) bool {
	for _, line := range ifNoneMatch {
		for tag := range strings.SplitSeq(line, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}
