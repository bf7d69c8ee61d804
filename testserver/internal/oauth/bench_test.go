package oauth_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// BenchmarkToken sets the token endpoint beside the signatures that its
// responses need. Each reports signatures per second, to be compared.
func BenchmarkToken(b *testing.B) {
	b.Run("RawSignatures", benchmarkRaw)
	for name, where := range map[string]func(*testing.B) store.Options{
		"Memory":   func(*testing.B) store.Options { return store.Options{} },
		"File":     func(b *testing.B) store.Options { return store.Options{DataDir: b.TempDir()} },
		"Postgres": func(b *testing.B) store.Options { return store.Options{DatabaseURL: postgrestest.URL(b)} },
	} {
		b.Run("Handler"+name, func(b *testing.B) { benchmarkHandler(b, newRig(b, options{store: where(b)})) })
		b.Run("HTTP"+name, func(b *testing.B) { benchmarkHTTP(b, newRig(b, options{store: where(b)})) })
	}
	b.Run("RawSignaturesAgain", benchmarkRaw)
}

const issueRequest = `{"clientId":"` + m2mClient + `","clientSecret":"` + secret + `","grant_types":"user_credentials","loginId":"` + loginID + `"}`

// connections is how many callers there are at a time on two cores, as in
// design/quality.md.
const connections = 8

func benchmarkRaw(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("digest"))
	before := cpuTime()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			for range 2 {
				if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
					b.Error(err)
				}
			}
		}
	})
	report(b, before)
}

func benchmarkHandler(b *testing.B, r *rig) {
	b.Helper()
	b.ReportAllocs()
	b.SetParallelism(connections)
	before := cpuTime()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			req := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/auth/token", strings.NewReader(issueRequest))
			req.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			r.mux.ServeHTTP(w, req)
			if w.Code != http.StatusOK {
				b.Errorf("returns %d %s", w.Code, w.Body)
			}
		}
	})
	report(b, before)
}

// benchmarkHTTP goes through the network, with a client in the same process:
// what the client takes is counted against the server.
func benchmarkHTTP(b *testing.B, r *rig) {
	b.Helper()
	server := httptest.NewServer(r.mux)
	defer server.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: 64, DialContext: (&net.Dialer{}).DialContext}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var bad atomic.Int64
	b.SetParallelism(connections)
	b.ResetTimer()
	before := cpuTime()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			req, _ := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL+"/auth/token", strings.NewReader(issueRequest))
			req.Header.Set("Content-Type", "application/json")
			resp, err := client.Do(req)
			if err != nil {
				bad.Add(1)
				continue
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				bad.Add(1)
			}
		}
	})
	if n := bad.Load(); n > 0 {
		b.Errorf("%d requests failed", n)
	}
	report(b, before)
}

// report adds what does not depend on the machine's other work so much: the
// processor time of a response.
func report(b *testing.B, before time.Duration) {
	b.Helper()
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(2*float64(b.N)/b.Elapsed().Seconds(), "signatures/s")
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkJWKS sets the JWKS handler beside one that writes the same bytes.
func BenchmarkJWKS(b *testing.B) {
	r := newRig(b, options{})
	body, _, err := r.manager.JWKS(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for name, handler := range map[string]http.Handler{
		"Bytes": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(body)
		}),
		"Endpoint": r.server.JWKS(),
		"Mounted":  r.mux,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/auth/.well-known/jwks.json", nil))
			}
		})
	}
}
