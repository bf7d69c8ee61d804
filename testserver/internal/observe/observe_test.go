package observe_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/observe"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
)

// site is a router that is observed, with what it wrote.
type site struct {
	router  *chi.Mux
	log     bytes.Buffer
	metrics *observe.Metrics
}

func newSite(level slog.Level) *site {
	s := &site{router: chi.NewRouter(), metrics: observe.NewMetrics("test")}
	log := slog.New(slog.NewJSONHandler(&s.log, &slog.HandlerOptions{Level: level}))
	s.router.Use(observe.Begin, observe.Requests(log, s.metrics),
		observe.Panics(log, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	s.router.Get("/items/{id}", func(w http.ResponseWriter, r *http.Request) {
		observe.Note(r.Context(), slog.String("reason", "because"))
		_, _ = io.WriteString(w, "hello")
	})
	s.router.Get("/healthz", func(http.ResponseWriter, *http.Request) {})
	s.router.Get("/index", func(http.ResponseWriter, *http.Request) { _ = []int{}[len(s.log.String())] })
	s.router.Get("/secret", func(http.ResponseWriter, *http.Request) { panic("hunter2") })
	s.router.Get("/late", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic(errors.New("hunter2"))
	})
	s.router.Get("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	return s
}

func (s *site) get(target string) (w *httptest.ResponseRecorder, aborted bool) {
	return s.send(httptest.NewRequest(http.MethodGet, target, nil))
}

func (s *site) send(r *http.Request) (w *httptest.ResponseRecorder, aborted bool) {
	defer func() {
		if err, ok := recover().(error); ok && errors.Is(err, http.ErrAbortHandler) {
			aborted = true
		}
	}()
	r.Header.Set(requestid.Header, "the-request")
	r.Header.Set("Authorization", "Bearer hunter2")
	w = httptest.NewRecorder()
	s.router.ServeHTTP(w, r)
	return w, false
}

func (s *site) lines(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range strings.Lines(s.log.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		lines = append(lines, m)
	}
	return lines
}

func (s *site) scrape() string {
	w := httptest.NewRecorder()
	s.metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

func TestRequests_OneLineTellsWhatHappenedAndNoSecret(t *testing.T) {
	t.Parallel()
	s := newSite(slog.LevelInfo)
	s.get("/items/7?client_secret=hunter2&limit=3")
	lines := s.lines(t)
	if len(lines) != 1 {
		t.Fatalf("%d lines: %s", len(lines), &s.log)
	}
	want := map[string]any{
		"level": "INFO", "msg": "request", "method": "GET", "path": "/items/7", "status": 200.0, "bytes": 5.0,
		"request_id": "the-request", "peer": "192.0.2.1", "query": "client_secret=***&limit=3", "reason": "because",
	}
	for name, value := range want {
		if lines[0][name] != value {
			t.Errorf("%s is %v, want %v", name, lines[0][name], value)
		}
	}
	if strings.Contains(s.log.String(), "hunter2") {
		t.Errorf("the log holds a secret: %s", &s.log)
	}
}

func TestRequests_ProbesAreLoggedAtDebugAlone(t *testing.T) {
	t.Parallel()
	for level, want := range map[slog.Level]int{slog.LevelInfo: 0, slog.LevelDebug: 1} {
		s := newSite(level)
		s.get("/healthz")
		if got := len(s.lines(t)); got != want {
			t.Errorf("at %s: %d lines, want %d", level, got, want)
		}
	}
}

func TestRequests_AreCountedByRouteAndStatus(t *testing.T) {
	t.Parallel()
	s := newSite(slog.LevelError)
	s.get("/items/7")
	s.get("/items/8")
	s.get("/nowhere/eyJhbGciOiJSUzI1NiJ9")
	s.get("/abort")
	s.send(httptest.NewRequest("HUNTER2", "/items/7", nil))
	got := s.scrape()
	for _, line := range []string{
		`atm_http_requests_total{method="GET",route="/items/{id}",status="200"} 2`,
		`atm_http_requests_total{method="GET",route="none",status="404"} 1`,
		`atm_http_requests_total{method="GET",route="/abort",status="0"} 1`,
		`atm_http_request_duration_seconds_count{method="GET",route="/items/{id}"} 2`,
		`atm_http_requests_in_flight 0`,
		`atm_build_info{version="test"} 1`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("missing: %s\n%s", line, got)
		}
	}
	for _, secret := range []string{"HUNTER2", "eyJ"} {
		if strings.Contains(got, secret) {
			t.Errorf("the metrics hold %s", secret)
		}
	}
}

func TestMetrics_CountTokenRequestsAndAskGaugesWhenScraped(t *testing.T) {
	t.Parallel()
	m := observe.NewMetrics("test")
	asked := 0
	m.Register(observe.Gauges("atm_signing_keys", "Keys.", "status", func() map[string]float64 {
		asked++
		return map[string]float64{"current": 1, "next": float64(asked)}
	}))
	m.TokenRequest("token", "user_credentials", "ok")
	m.TokenRequest("token", "user_credentials", "ok")
	m.TokenRequest("token", "refresh_token", "refresh_token_reused")
	m.Swept("families", 3)
	s := &site{metrics: m}
	s.scrape()
	got := s.scrape()
	for _, line := range []string{
		`atm_token_requests_total{endpoint="token",grant_type="user_credentials",result="ok"} 2`,
		`atm_token_requests_total{endpoint="token",grant_type="refresh_token",result="refresh_token_reused"} 1`,
		`atm_signing_keys{status="current"} 1`,
		`atm_signing_keys{status="next"} 2`,
		`atm_swept_rows_total{kind="families"} 3`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("missing: %s\n%s", line, got)
		}
	}
}

func TestPanics_AreAnsweredAndLoggedWithoutTheirValue(t *testing.T) {
	t.Parallel()
	s := newSite(slog.LevelInfo)
	for _, path := range []string{"/secret", "/index"} {
		if w, aborted := s.get(path); aborted || w.Code != http.StatusInternalServerError {
			t.Errorf("%s: %d, aborted %t", path, w.Code, aborted)
		}
	}
	if strings.Contains(s.log.String(), "hunter2") {
		t.Errorf("the log holds what was panicked with: %s", &s.log)
	}
	lines := s.lines(t)
	if len(lines) != 4 {
		t.Fatalf("%d lines: %s", len(lines), &s.log)
	}
	if lines[0]["cause"] != "string" || lines[0]["request_id"] != "the-request" || lines[0]["stack"] == "" {
		t.Errorf("the panic's line is %v", lines[0])
	}
	if cause, _ := lines[2]["cause"].(string); !strings.Contains(cause, "index out of range") {
		t.Errorf("the runtime's panic is logged as %q", cause)
	}
}

func TestPanics_DropTheConnectionOnceTheAnswerHasBegun(t *testing.T) {
	t.Parallel()
	s := newSite(slog.LevelInfo)
	if _, aborted := s.get("/late"); !aborted {
		t.Error("half an answer is left as if it were whole")
	}
	s = newSite(slog.LevelInfo)
	if _, aborted := s.get("/abort"); !aborted || len(s.lines(t)) != 1 {
		t.Errorf("an abort that is meant does not pass in silence: %s", &s.log)
	}
}
