package keys

import (
	"context"
	"strconv"
)

// JWKS returns the published keys as a JWK Set (RFC 7517 §5), prepared when
// they last changed, with its entity tag. There is always a next key among
// them: right after the first start it waits until that has been made. The
// bytes belong to the manager.
func (r *Manager) JWKS(ctx context.Context) (body []byte, etag string, err error) {
	s := r.at()
	if s.next == nil && s.pending == nil {
		if err := r.lock(ctx); err != nil {
			return nil, "", err
		}
		defer r.unlock()
		if err := r.ensureNext(ctx); err != nil {
			return nil, "", err
		}
		s = r.at()
	}
	return s.jwks.body, s.jwks.etag, nil
}

// CacheControl returns the Cache-Control of the JWKS (RFC 9111 §5.2.2).
func (r *Manager) CacheControl() string {
	if r.config.Immediate {
		return "no-cache"
	}
	return "public, max-age=" + strconv.Itoa(int(r.config.MaxAge.Seconds()))
}
