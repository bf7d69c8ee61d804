package testserver_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// BenchmarkStart starts servers after the first, which generates the process's
// RSA key.
func BenchmarkStart(b *testing.B) {
	testserver.Start(b)
	b.ResetTimer()
	for b.Loop() {
		s, err := testserver.New()
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkSignIn is a sign-in by user credentials over loopback: two
// signatures and a row.
func BenchmarkSignIn(b *testing.B) {
	s, err := testserver.New(testserver.WithSeed(seeded))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	client := &http.Client{Transport: transport}
	b.SetParallelism(8) // times the cores
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, s.URL+"/auth/token", bytes.NewBufferString(workerSignIn))
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/json")
			response, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
				b.Errorf("%d %v", response.StatusCode, err)
			}
			response.Body.Close()
		}
	})
}
