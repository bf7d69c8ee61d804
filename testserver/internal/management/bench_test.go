package management_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// send is a request as the provider makes it, without a network and without
// the check of responses.
func (w *world) send(b *testing.B, status int, method, path, contentType, body string, headers ...string) {
	b.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.root)
	r.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.bare.ServeHTTP(rec, r)
	if rec.Code != status {
		b.Fatalf("%s %s: got %d %s", method, path, rec.Code, rec.Body)
	}
}

func BenchmarkCreateApplication(b *testing.B) {
	w, i := newWorld(b), 0
	for b.Loop() {
		i++
		body := fmt.Sprintf(`{"name":"application %d","suiteId":%q,"projectId":%q,"authenticatorType":"user_credentials",
			"accessTokenLifespan":900,"allowedOrigins":["https://app.example.com"]}`, i, w.suite, w.project)
		w.send(b, http.StatusCreated, "POST", "/applications", "application/json", body,
			"Idempotency-Key", fmt.Sprintf("benchmark-key-%020d", i))
	}
}

func BenchmarkGetApplication(b *testing.B) {
	w := newWorld(b)
	path := "/applications/" + w.newApplication(w.suite, w.project, nil).id()
	for b.Loop() {
		w.send(b, http.StatusOK, "GET", path, "", "")
	}
}

func BenchmarkUpdateApplication(b *testing.B) {
	w, i := newWorld(b), 0
	path := "/applications/" + w.newApplication(w.suite, w.project, nil).id()
	for b.Loop() {
		i++
		w.send(b, http.StatusOK, "PATCH", path, "application/merge-patch+json", fmt.Sprintf(`{"name":"application %d"}`, i))
	}
}

func BenchmarkListApplications(b *testing.B) {
	w := newWorld(b)
	for range 500 {
		w.newApplication(w.suite, w.project, nil)
	}
	b.ResetTimer()
	for b.Loop() {
		w.send(b, http.StatusOK, "GET", "/applications?limit=500", "", "")
	}
}
