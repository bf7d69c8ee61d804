package testserver

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
)

// These explain the row "jwks" of make bench: what a response out of memory
// takes inside of the server, with a line of the log and without.
func BenchmarkHandler(b *testing.B) {
	for name, opts := range map[string][]Option{
		"silent": nil,
		"logged": {WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))},
	} {
		b.Run(name, func(b *testing.B) {
			s, err := New(opts...)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			h := s.handler()
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, oauth.PathJWKS, nil)
			b.ReportAllocs()
			for b.Loop() {
				w := &inside{header: http.Header{}}
				if h.ServeHTTP(w, r); w.body.Len() == 0 {
					b.Fatal(w.status)
				}
			}
		})
	}
}
