package observe_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/observe"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
)

// site is a router that is observed, with what it wrote.
type site struct {
	router  *chi.Mux
	log     bytes.Buffer
	metrics counted
}

func newSite(level slog.Level) *site {
	s := &site{router: chi.NewRouter(), metrics: counted{}}
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

// counted are the requests by what counts them; begun are those in progress.
type counted map[string]int

const begun = "begun"

func (c counted) RequestBegins() { c[begun]++ }
func (c counted) RequestEnds(method, route string, status int, _ time.Duration) {
	c[begun]--
	c[fmt.Sprint(method, " ", route, " ", status)]++
}
func (c counted) Handler() http.Handler                              { return nil }
func (c counted) TokenRequest(_, _, _ string)                        {}
func (c counted) Swept(string, int)                                  {}
func (c counted) Gauges(_, _, _ string, _ func() map[string]float64) {}

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

func TestRequests_ProbesAreLoggedOnlyAtDebug(t *testing.T) {
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
	want := counted{"GET /items/{id} 200": 2, "GET none 404": 1, "GET /abort 0": 1, "other none 405": 1, begun: 0}
	if diff := cmp.Diff(want, s.metrics); diff != "" {
		t.Error(diff)
	}
}

func TestRequests_AreLoggedWithoutMetrics(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := observe.Requests(slog.New(slog.NewTextHandler(&log, nil)), nil)(http.NotFoundHandler())
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	if !strings.Contains(log.String(), "status=404") {
		t.Errorf("the log is %q", &log)
	}
}
func TestPanics_AreReportedAndLoggedWithoutTheirValue(t *testing.T) {
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

func TestPanics_DropTheConnectionOnceTheResponseHasBegun(t *testing.T) {
	t.Parallel()
	s := newSite(slog.LevelInfo)
	if _, aborted := s.get("/late"); !aborted {
		t.Error("half a response is left as if it were whole")
	}
	s = newSite(slog.LevelInfo)
	if _, aborted := s.get("/abort"); !aborted || len(s.lines(t)) != 1 {
		t.Errorf("an abort that is meant does not pass in silence: %s", &s.log)
	}
}
