package testcontrol_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

// subject is a server behind faults that counts what reaches its handler.
type subject struct {
	*httptest.Server
	faults  testcontrol.Faults
	handled atomic.Int32
	closing context.CancelFunc
}

func newSubject(t *testing.T) *subject {
	t.Helper()
	s := &subject{}
	closing, stop := context.WithCancel(t.Context())
	s.closing = stop
	s.Server = httptest.NewServer(s.faults.Middleware(closing, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.handled.Add(1)
		w.Header().Set("X-Handler", "yes")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "0123456789")
	})))
	// A new connection for each request: net/http itself repeats requests that
	// fail on one that it had kept.
	s.Client().Transport.(*http.Transport).DisableKeepAlives = true
	t.Cleanup(s.Close)
	return s
}

func (s *subject) add(t *testing.T, f testcontrol.Fault) func() {
	t.Helper()
	remove, err := s.faults.Add(f)
	if err != nil {
		t.Fatal(err)
	}
	return remove
}

type outcome struct {
	status int
	header http.Header
	body   string
	err    error // of the request, or of reading its body
}

func (s *subject) send(t *testing.T, method, path string) outcome {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.Client().Do(r)
	if err != nil {
		return outcome{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return outcome{response.StatusCode, response.Header, string(body), err}
}

func (s *subject) get(t *testing.T) outcome {
	t.Helper()
	return s.send(t, http.MethodGet, "/")
}

func TestFaults_MatchByMethodAndGlob(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault        testcontrol.Fault
		method, path string
		met          bool
	}{
		{testcontrol.Fault{}, "GET", "/", true},
		{testcontrol.Fault{Method: "POST"}, "GET", "/", false},
		{testcontrol.Fault{Method: "POST"}, "POST", "/auth/token", true},
		{testcontrol.Fault{Path: "/auth/token"}, "POST", "/auth/token", true},
		{testcontrol.Fault{Path: "/auth/token"}, "POST", "/auth/token/x", false},
		{testcontrol.Fault{Path: "/api/v1/applications/*"}, "GET", "/api/v1/applications/a", true},
		{testcontrol.Fault{Path: "/api/v1/applications/*"}, "GET", "/api/v1/applications", false},
		{testcontrol.Fault{Path: "/api/v1/applications/*"}, "GET", "/api/v1/applications/a/users", false},
		{testcontrol.Fault{Path: "/api/**"}, "GET", "/api/v1/applications/a/users", true},
		{testcontrol.Fault{Path: "/api/**"}, "GET", "/auth/token", false},
		{testcontrol.Fault{Path: "/api/v1/{suites,projects}"}, "GET", "/api/v1/projects", true},
		{testcontrol.Fault{Path: "/**"}, "GET", "/_test/clock", false},
	}
	for _, tt := range tests {
		t.Run(tt.fault.Method+tt.fault.Path+" "+tt.method+tt.path, func(t *testing.T) {
			t.Parallel()
			s := newSubject(t)
			tt.fault.Status = http.StatusTeapot
			s.add(t, tt.fault)
			got := s.send(t, tt.method, tt.path)
			if met := got.status == http.StatusTeapot; met != tt.met {
				t.Errorf("status %d, error %v", got.status, got.err)
			}
			if reached := s.handled.Load() == 1; reached == tt.met {
				t.Errorf("the handler ran: %t", reached)
			}
		})
	}
}

func TestFaults_ApplyInTheirOrderAndAsOftenAsAsked(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	s.add(t, testcontrol.Fault{Status: 503, Times: 2})
	s.add(t, testcontrol.Fault{Status: 429, Times: 1})
	for i, want := range []int{503, 503, 429, 201, 201} {
		if got := s.get(t); got.status != want {
			t.Fatalf("request %d: status %d, want %d", i+1, got.status, want)
		}
	}
}

func TestFaults_WithoutTimesLastUntilTheyAreRemoved(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	removeFirst := s.add(t, testcontrol.Fault{Status: 500})
	s.add(t, testcontrol.Fault{Status: 502})
	for range 3 {
		if got := s.get(t); got.status != 500 {
			t.Fatalf("status %d, want 500", got.status)
		}
	}
	removeFirst()
	if got := s.get(t); got.status != 502 {
		t.Fatalf("status %d after the first was removed, want 502", got.status)
	}
	s.faults.Clear()
	if got := s.get(t); got.status != 201 {
		t.Fatalf("status %d after all were removed, want the handler's 201", got.status)
	}
}

func TestFaults_RespondInPlaceOfTheHandler(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	s.add(t, testcontrol.Fault{Status: 429, Headers: map[string]string{"Retry-After": "7"}, Body: "slow down"})
	got := s.get(t)
	if got.status != 429 || got.header.Get("Retry-After") != "7" || got.body != "slow down" || s.handled.Load() != 0 {
		t.Errorf("got %+v, the handler ran %d times", got, s.handled.Load())
	}
}

func TestFaults_ABodyWithoutStatusIsA200(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	s.add(t, testcontrol.Fault{Body: "<html>"})
	if got := s.get(t); got.status != 200 || got.body != "<html>" {
		t.Errorf("got %+v", got)
	}
}

func TestFaults_HeadersWithoutBodyJoinTheHandlersResponse(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	s.add(t, testcontrol.Fault{Headers: map[string]string{"X-Handler": "no", "X-Other": "1"}})
	got := s.get(t)
	if got.status != 201 || got.body != "0123456789" || got.header.Get("X-Handler") != "no" || got.header.Get("X-Other") != "1" {
		t.Errorf("got %+v", got)
	}
}

func TestFaults_DropBeforeTheChangeLeavesTheHandlerOut(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	s.add(t, testcontrol.Fault{Drop: testcontrol.DropBefore})
	if got := s.get(t); got.err == nil || s.handled.Load() != 0 {
		t.Errorf("got %+v, the handler ran %d times", got, s.handled.Load())
	}
}

func TestFaults_DropAfterTheChangeLosesTheResponse(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	s.add(t, testcontrol.Fault{Drop: testcontrol.DropAfter})
	if got := s.get(t); got.err == nil || s.handled.Load() != 1 {
		t.Errorf("got %+v, the handler ran %d times", got, s.handled.Load())
	}
}

func TestFaults_TruncateCutsTheBody(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 4, 10, 100} {
		s := newSubject(t)
		s.add(t, testcontrol.Fault{Truncate: &n})
		got := s.get(t)
		if want := "0123456789"[:min(n, 10)]; got.status != 201 || got.body != want || !errors.Is(got.err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes: got %+v", n, got)
		}
	}
}

func TestFaults_DelayComesBeforeTheRest(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	s.add(t, testcontrol.Fault{Delay: 30 * time.Millisecond})
	s.add(t, testcontrol.Fault{Delay: 30 * time.Millisecond, Status: 500})
	start := time.Now()
	got := s.get(t)
	if took := time.Since(start); got.status != 500 || took < 60*time.Millisecond {
		t.Errorf("status %d after %s", got.status, took)
	}
}

func TestFaults_DelayEndsWhenTheServerCloses(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	s.add(t, testcontrol.Fault{Delay: 10 * time.Minute})
	time.AfterFunc(20*time.Millisecond, s.closing)
	if got := s.get(t); got.status != 201 {
		t.Errorf("got %+v, want the handler's response", got)
	}
}

func TestFaults_WhatCannotBeMeantIsRefused(t *testing.T) {
	t.Parallel()
	minus := -1
	tests := map[string]testcontrol.Fault{
		"method":   {Method: "GET /"},
		"path":     {Path: "/api/[v1"},
		"times":    {Times: -1},
		"status":   {Status: 100},
		"headers":  {Headers: map[string]string{"X": "a\r\nSet-Cookie: b"}},
		"delayMs":  {Delay: time.Hour},
		"drop":     {Drop: "during"},
		"truncate": {Truncate: &minus},
	}
	for field, fault := range tests {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			var f testcontrol.Faults
			_, err := f.Add(fault)
			var invalid *testcontrol.InvalidFaultError
			if !errors.As(err, &invalid) || invalid.Field != field {
				t.Errorf("got %v, want an error about %s", err, field)
			}
		})
	}
	var f testcontrol.Faults
	if _, err := f.Add(testcontrol.Fault{Method: "get"}); err == nil {
		t.Error("a method in small letters, which no request has, is accepted")
	}
	if _, err := f.Add(testcontrol.Fault{Drop: testcontrol.DropAfter, Status: 500}); err == nil {
		t.Error("a fault that both responds and does not is accepted")
	}
}
