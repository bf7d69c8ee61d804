package testcontrol_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

// visit sends a request to a handler behind the journal, and survives the
// panic that drops a connection.
func visit(j *testcontrol.Journal, c clock.Clock, r *http.Request, h http.HandlerFunc) {
	defer func() { _ = recover() }()
	requestid.Middleware(j.Middleware(c, h)).ServeHTTP(httptest.NewRecorder(), r)
}

func TestJournal_KeepsRequestsAndResponses(t *testing.T) {
	t.Parallel()
	c := clock.NewSettable()
	c.Freeze(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	token := "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhdG0ifQ.c2ln"
	steps := []struct {
		method, target string
		handler        http.HandlerFunc
		want           *testcontrol.Entry
	}{
		{"GET", "/api/v1/suites?client_secret=hunter2", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) },
			&testcontrol.Entry{Method: "GET", Path: "/api/v1/suites", Status: 404}},
		{"POST", "/auth/token", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) },
			&testcontrol.Entry{Method: "POST", Path: "/auth/token", Status: 200}},
		{"DELETE", "/api/v1/suites/x", func(http.ResponseWriter, *http.Request) {},
			&testcontrol.Entry{Method: "DELETE", Path: "/api/v1/suites/x", Status: 200}},
		{"POST", "/auth/token", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			&testcontrol.Entry{Method: "POST", Path: "/auth/token", Status: 0}},
		{"GET", "/cut", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); panic(http.ErrAbortHandler) },
			&testcontrol.Entry{Method: "GET", Path: "/cut", Status: 201}},
		{"GET", "/" + token, func(http.ResponseWriter, *http.Request) {}, &testcontrol.Entry{Method: "GET", Path: "/***", Status: 200}},
		{"GET", "/healthz", func(http.ResponseWriter, *http.Request) {}, nil},
		{"GET", "/readyz", func(http.ResponseWriter, *http.Request) {}, nil},
		{"GET", "/metrics", func(http.ResponseWriter, *http.Request) {}, nil},
		{"GET", "/_test/requests", func(http.ResponseWriter, *http.Request) {}, nil},
	}
	var j testcontrol.Journal
	var want []testcontrol.Entry
	for i, step := range steps {
		r := httptest.NewRequest(step.method, step.target, nil)
		id := fmt.Sprint("request-", i)
		r.Header.Set(requestid.Header, id)
		visit(&j, c, r, step.handler)
		if step.want != nil {
			step.want.RequestID, step.want.At = id, c.Now()
			want = append(want, *step.want)
		}
	}
	got, total := j.Entries()
	if !reflect.DeepEqual(got, want) || total != len(want) {
		t.Errorf("total %d\n got %+v\nwant %+v", total, got, want)
	}
	j.Clear()
	if got, total := j.Entries(); len(got) != 0 || total != 0 {
		t.Errorf("after Clear: %d entries, total %d", len(got), total)
	}
}

func TestJournal_HoldsTheEntryBeforeTheResponseIsSent(t *testing.T) {
	t.Parallel()
	var j testcontrol.Journal
	seen := -1
	h := j.Middleware(clock.System(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		_, seen = j.Entries()
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	if seen != 1 {
		t.Errorf("with the header sent, the journal holds %d entries", seen)
	}
}

func TestJournal_KeepsTheLast10000(t *testing.T) {
	t.Parallel()
	var j testcontrol.Journal
	h := j.Middleware(clock.System(), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	const sent = 10_003
	for i := range sent {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, fmt.Sprint("/", i), nil))
	}
	got, total := j.Entries()
	if len(got) != 10_000 || total != sent {
		t.Fatalf("%d entries, total %d", len(got), total)
	}
	for i, e := range got {
		if want := fmt.Sprint("/", i+3); e.Path != want {
			t.Fatalf("entry %d is %s, want %s", i, e.Path, want)
		}
	}
	if strings.Contains(got[0].Path, "?") {
		t.Error("the journal holds a query")
	}
}
