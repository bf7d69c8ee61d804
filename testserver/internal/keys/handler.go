package keys

import (
	"context"
	"net/http"
	"strconv"
	"strings"
)

// JWKS returns the published keys as a JWK Set (RFC 7517 §5) with its entity
// tag. There is always a next key among them: right after the first start it
// waits until that has been made.
func (r *Ring) JWKS(ctx context.Context) (body []byte, etag string, err error) {
	d, err := r.document(ctx)
	if err != nil {
		return nil, "", err
	}
	return d.body, d.etag[0], nil
}

func (r *Ring) document(ctx context.Context) (document, error) {
	s := r.at()
	if s.next != nil || s.pending != nil {
		return s.jwks, nil
	}
	if err := r.lock(ctx); err != nil {
		return document{}, err
	}
	defer r.unlock()
	if err := r.ensureNext(ctx); err != nil {
		return document{}, err
	}
	return r.at().jwks, nil
}

// CacheControl returns the Cache-Control of the JWKS (RFC 9111 §5.2.2).
func (r *Ring) CacheControl() string {
	if r.config.Immediate {
		return "no-cache"
	}
	return "public, max-age=" + strconv.Itoa(int(r.config.MaxAge.Seconds()))
}

// Handler serves the JWKS to GET and HEAD, from bytes that were prepared when
// the keys last changed.
func (r *Ring) Handler() http.Handler {
	var (
		contentType  = []string{"application/json"}
		cacheControl = []string{r.CacheControl()}
	)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		header := w.Header()
		if req.Method != http.MethodGet && req.Method != http.MethodHead {
			header.Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "invalid_request", "The JWKS is read with GET.")
			return
		}
		d, err := r.document(req.Context())
		if err != nil {
			r.logger.ErrorContext(req.Context(), "JWKS", "error", err)
			header.Set("Retry-After", "1")
			refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable", "The signing keys cannot be read now.")
			return
		}
		header["Cache-Control"] = cacheControl
		header["Etag"] = d.etag
		if matches(req.Header["If-None-Match"], d.etag[0]) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		header["Content-Type"] = contentType
		header["Content-Length"] = d.length
		if req.Method == http.MethodHead {
			return
		}
		_, _ = w.Write(d.body) // a caller that is gone is not the server's error
	})
}

// refuse answers in the form of RFC 6749 §5.2, as the endpoints beside it do.
func refuse(w http.ResponseWriter, status int, code, description string) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"error":"` + code + `","error_description":"` + description + `"}`))
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
