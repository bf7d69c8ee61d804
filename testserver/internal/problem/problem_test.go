package problem_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err         error
		status      int
		kind        string
		header, has string
	}{
		{problem.InvalidField("/name", "is taken"), 400, "invalid-request", "", ""},
		{problem.Unauthorized(""), 401, "unauthorized", "WWW-Authenticate", `Bearer realm="ATM"`},
		{problem.Unauthorized(`It says "no".`), 401, "unauthorized", "WWW-Authenticate",
			`Bearer realm="ATM", error="invalid_token", error_description="It says 'no'."`},
		{problem.Forbidden("super_admin", "system_user", "No."), 403, "forbidden", "", ""},
		{problem.NoManagementAccess("No."), 403, "forbidden", "WWW-Authenticate", `Bearer realm="ATM", error="insufficient_scope"`},
		{problem.NotFound("suite"), 404, "not-found", "", ""},
		{problem.UnknownPath(), 404, "unknown-path", "", ""},
		{problem.MethodNotAllowed([]string{"GET", "PUT"}), 405, "method-not-allowed", "Allow", "GET, PUT"},
		{problem.NameTaken("project", "suite", nil), 409, "name-taken", "", ""},
		{problem.EmailTaken(nil), 409, "email-taken", "", ""},
		{problem.NotEmpty("suite", "1 project (a)"), 409, "not-empty", "", ""},
		{problem.ApplicationHasUsers(), 409, "application-has-users", "", ""},
		{problem.NoClientSecret(), 409, "no-client-secret", "", ""},
		{problem.AlreadyAssigned(), 409, "already-assigned", "", ""},
		{problem.KeyVoid(), 409, "key-void", "", ""},
		{problem.ResponseExpired(), 409, "response-expired", "", ""},
		{problem.AssignedElsewhere([]problem.Application{{ID: "a", Name: "A"}}), 409, "assigned-elsewhere", "", ""},
		{problem.LastSuperAdmin(), 409, "last-super-admin", "", ""},
		{problem.PreconditionFailed(), 412, "precondition-failed", "", ""},
		{problem.PayloadTooLarge(1), 413, "payload-too-large", "", ""},
		{problem.UnsupportedMediaType("POST", []string{"application/json"}), 415, "unsupported-media-type", "Accept", "application/json"},
		{problem.UnsupportedMediaType("PATCH", []string{"a/b"}), 415, "unsupported-media-type", "Accept-Patch", "a/b"},
		{problem.IdempotencyKeyReused(), 422, "idempotency-key-reused", "", ""},
		{problem.Unavailable(nil), 503, "unavailable", "Retry-After", "1"},
		{fmt.Errorf("wrapped: %w", store.ErrUnavailable), 503, "unavailable", "Retry-After", "1"},
		{fmt.Errorf("wrapped: %w", store.ErrClosed), 503, "unavailable", "Retry-After", "1"},
		{fmt.Errorf("wrapped: %w", context.DeadlineExceeded), 503, "unavailable", "Retry-After", "1"},
		{fmt.Errorf("wrapped: %w", context.Canceled), 503, "unavailable", "Retry-After", "1"},
		{fmt.Errorf("not mapped: %w", store.ErrNotFound), 500, "internal", "", ""},
		{fmt.Errorf("wrapped: %w", problem.NotFound("suite")), 404, "not-found", "", ""},
		{errors.New("the disk is full"), 500, "internal", "", ""},
	} {
		w := httptest.NewRecorder()
		w.Header().Set("X-Request-Id", "r-1")
		problem.Write(w, tc.err)
		var doc map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		if w.Code != tc.status || doc["status"] != float64(tc.status) || doc["type"] != "urn:atm:problem:"+tc.kind || doc["title"] == "" {
			t.Errorf("%v: got %d %s", tc.err, w.Code, w.Body)
		}
		if w.Header().Get("Content-Type") != "application/problem+json" || doc["instance"] != "urn:atm:request:r-1" {
			t.Errorf("%v: got %v %s", tc.err, w.Header(), w.Body)
		}
		if tc.header != "" && w.Header().Get(tc.header) != tc.has {
			t.Errorf("%v: %s is %q, want %q", tc.err, tc.header, w.Header().Get(tc.header), tc.has)
		}
	}
}

func TestWrite_CauseIsNotInTheResponse(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		errors.New("password=hunter2"), problem.Internal(errors.New("password=hunter2")), problem.Unavailable(errors.New("password=hunter2")),
	} {
		w := httptest.NewRecorder()
		problem.Write(w, err)
		if strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("returned: %s", w.Body)
		}
	}
}

func TestInvalidFields_DetailSaysTheFirst(t *testing.T) {
	t.Parallel()
	one, two := problem.Field{Pointer: "/a", Detail: "is required"}, problem.Field{Pointer: "", Detail: "must be an object"}
	for want, fields := range map[string][]problem.Field{
		"/a is required":                                  {one},
		"The body must be an object":                      {two},
		"/a is required, and 1 more field is not valid":   {one, two},
		"/a is required, and 2 more fields are not valid": {one, two, one},
	} {
		if got := problem.InvalidFields(fields).Detail; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
