package atm_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

func TestClient_ReadIsRepeated(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]http.HandlerFunc{
		"500":                problem(500, "urn:atm:problem:internal"),
		"502 of a gateway":   response(502, "<html>bad gateway</html>"),
		"503":                retryAfter(503, 0),
		"429":                retryAfter(429, 0),
		"hang-up":            hangUp,
		"truncated":          truncate,
		"another page":       page,
		"JSON that is none":  response(200, `{"id":`),
		"empty but a status": response(500, ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newFake(t, fault, fault, response(200, suiteJSON))
			suite, err := server.client(t).Suite(t.Context(), "s1")
			if err != nil {
				t.Fatalf("Suite: %v", err)
			}
			if suite.Name != "payments" {
				t.Errorf("name = %q, want payments", suite.Name)
			}
			if got := len(server.requests()); got != 3 {
				t.Errorf("%d requests, want 3", got)
			}
		})
	}
}

func TestClient_ReadGivesUpAfterMaxRetries(t *testing.T) {
	t.Parallel()
	server := newFake(t, hangUp)
	_, err := server.client(t).Suite(t.Context(), "s1")
	var failed *atm.RequestError
	if !errors.As(err, &failed) {
		t.Fatalf("err = %v, want a RequestError", err)
	}
	if failed.Attempts != 4 || len(server.requests()) != 4 {
		t.Errorf("%d attempts, %d requests, want 4 (1 and MaxRetries)", failed.Attempts, len(server.requests()))
	}
	if !strings.Contains(err.Error(), failed.RequestID) || failed.RequestID == "" {
		t.Errorf("the error does not hold the request id: %v", err)
	}
}

func TestClient_RefusalsAreNotRepeated(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403, 404, 409, 412, 422, 501} {
		server := newFake(t, problem(status, "urn:atm:problem:some"))
		_, err := server.client(t).Suite(t.Context(), "s1")
		var refused *atm.ProblemError
		if !errors.As(err, &refused) || refused.Status != status {
			t.Errorf("status %d: err = %v", status, err)
		}
		if got := len(server.requests()); got != 1 {
			t.Errorf("status %d: %d requests, want 1", status, got)
		}
	}
}

func TestClient_CreateKeepsItsKeyThroughAllAttempts(t *testing.T) {
	t.Parallel()
	server := newFake(t, hangUp, problem(500, ""), retryAfter(429, 0), response(201, suiteJSON))
	if _, err := server.client(t).CreateSuite(t.Context(), "one-key-for-all-attempts", atm.SuiteCreate{Name: "payments"}); err != nil {
		t.Fatal(err)
	}
	requests := server.requests()
	if len(requests) != 4 {
		t.Fatalf("%d requests, want 4", len(requests))
	}
	for i, r := range requests {
		if got := r.Header.Get("Idempotency-Key"); got != "one-key-for-all-attempts" {
			t.Errorf("attempt %d: Idempotency-Key %q", i+1, got)
		}
		if got := decodeBody(t, server.bodies[i])["name"]; got != "payments" {
			t.Errorf("attempt %d: name %q", i+1, got)
		}
	}
}

// A create that ATM may have acted on goes on beyond MaxRetries, since an end
// would leave an object that Terraform does not know.
func TestClient_CreateGoesOnUntilItsOutcomeIsKnown(t *testing.T) {
	t.Parallel()
	faults := []http.HandlerFunc{hangUp, hangUp, hangUp, hangUp, hangUp, hangUp, hangUp, response(201, suiteJSON)}
	server := newFake(t, faults...)
	if _, err := server.client(t).CreateSuite(t.Context(), "key", atm.SuiteCreate{Name: "payments"}); err != nil {
		t.Fatalf("after %d requests: %v", len(server.requests()), err)
	}
}

func TestClient_CreateWithoutAResponseIsAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	server := newFake(t, hangUp)
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, errors.New("timeouts.create is over"))
	defer cancel()
	_, err := server.client(t).CreateSuite(ctx, "the-secret-key", atm.SuiteCreate{Name: "payments"})
	var lost *atm.UnknownOutcomeError
	if !errors.As(err, &lost) || lost.Key != "the-secret-key" {
		t.Fatalf("err = %v, want an UnknownOutcomeError with the key", err)
	}
	for _, want := range []string{"timeouts.create is over", "request id"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not contain %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "the-secret-key") {
		t.Errorf("the error holds the key, which opens a stored secret: %v", err)
	}
}

// ATM cannot have acted on a request that was never sent.
func TestClient_CreateAgainstAClosedPortIsAPlainError(t *testing.T) {
	t.Parallel()
	server := newFake(t, response(200, "{}"))
	client := server.client(t)
	server.Close()
	_, err := client.CreateSuite(t.Context(), "key", atm.SuiteCreate{Name: "payments"})
	var failed *atm.RequestError
	if !errors.As(err, &failed) || failed.Attempts != 4 {
		t.Fatalf("err = %v, want a RequestError after 4 attempts", err)
	}
	var lost *atm.UnknownOutcomeError
	if errors.As(err, &lost) {
		t.Errorf("err = %v, want no unknown outcome", err)
	}
}

// A refusal under the same key decides the outcome of the lost attempts too.
func TestClient_CreateRefusedAfterALostResponseIsARefusal(t *testing.T) {
	t.Parallel()
	server := newFake(t, hangUp, problem(409, atm.ProblemNameTaken))
	_, err := server.client(t).CreateSuite(t.Context(), "key", atm.SuiteCreate{Name: "payments"})
	var lost *atm.UnknownOutcomeError
	if !atm.IsProblem(err, atm.ProblemNameTaken) || errors.As(err, &lost) {
		t.Fatalf("err = %v, want only name-taken", err)
	}
}

func TestClient_UpdateAfterALostResponseFindsItsOwnChange(t *testing.T) {
	t.Parallel()
	server := newFake(t, hangUp, problem(412, atm.ProblemPreconditionFailed), response(200, suiteJSON))
	name := "payments"
	suite, err := server.client(t).UpdateSuite(t.Context(), "s1", `"e1"`, atm.SuitePatch{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	if suite.Etag != `"e2"` {
		t.Errorf("etag %q, want that of the change", suite.Etag)
	}
}

func TestClient_UpdateOfAChangedObjectIsStale(t *testing.T) {
	t.Parallel()
	other := "other"
	for name, handlers := range map[string][]http.HandlerFunc{
		"at once":               {problem(412, atm.ProblemPreconditionFailed)},
		"after a lost response": {hangUp, problem(412, atm.ProblemPreconditionFailed), response(200, suiteJSON)},
	} {
		server := newFake(t, handlers...)
		_, err := server.client(t).UpdateSuite(t.Context(), "s1", `"e1"`, atm.SuitePatch{Name: &other})
		if !atm.IsStale(err) {
			t.Errorf("%s: err = %v, want stale", name, err)
		}
	}
}

// Equal values are our own write only if a response was lost.
func TestClient_UpdateThatMeetsItsOwnValuesAtOnceIsStale(t *testing.T) {
	t.Parallel()
	server := newFake(t, problem(412, atm.ProblemPreconditionFailed), response(200, suiteJSON))
	name := "payments"
	if _, err := server.client(t).UpdateSuite(t.Context(), "s1", `"e1"`, atm.SuitePatch{Name: &name}); !atm.IsStale(err) {
		t.Errorf("err = %v, want stale", err)
	}
}

func TestClient_UpdateWithoutAnEtagFollowsAFreshRead(t *testing.T) {
	t.Parallel()
	server := newFake(t, response(200, suiteJSON), response(200, suiteJSON))
	name := "payments"
	if _, err := server.client(t).UpdateSuite(t.Context(), "s1", "", atm.SuitePatch{Name: &name}); err != nil {
		t.Fatal(err)
	}
	if got := server.requests()[1].Header.Get("If-Match"); got != `"e2"` {
		t.Errorf("If-Match = %q, want the etag just read", got)
	}
}

func TestClient_DeleteThatIsRepeated(t *testing.T) {
	t.Parallel()
	gone := problem(404, "urn:atm:problem:not-found")
	for name, handlers := range map[string][]http.HandlerFunc{
		"after a lost response":       {hangUp, gone},
		"after a 408":                 {response(408, ""), gone},
		"after a success without 204": {response(200, ""), gone},
	} {
		if err := newFake(t, handlers...).client(t).DeleteSuite(t.Context(), "s1", `"e1"`); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Whether an object that the first attempt does not find was deleted is the caller's to judge.
	if err := newFake(t, gone).client(t).DeleteSuite(t.Context(), "s1", `"e1"`); !atm.IsNotFound(err) {
		t.Errorf("not found at once: err = %v, want not found", err)
	}
	// The 404 of another service at the address deletes nothing.
	if err := newFake(t, response(404, "not here")).client(t).DeleteSuite(t.Context(), "s1", `"e1"`); err == nil {
		t.Error("a plain 404 counts as deleted")
	}
}

func TestClient_RetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	server := newFake(t, retryAfter(429, 1), response(200, suiteJSON))
	start := time.Now()
	if _, err := server.client(t).Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	if waited := time.Since(start); waited < time.Second {
		t.Errorf("repeated after %s, want a second at least", waited)
	}
}

// A response that asks to wait beyond the operation is reported at once, not
// hidden behind a timeout.
func TestClient_RetryAfterBeyondTheTimeoutEndsAtOnce(t *testing.T) {
	t.Parallel()
	server := newFake(t, retryAfter(429, 3600))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	start := time.Now()
	_, err := server.client(t).Suite(ctx, "s1")
	var failed *atm.RequestError
	if !errors.As(err, &failed) || failed.Status != 429 || time.Since(start) > 10*time.Second {
		t.Errorf("err = %v after %s, want the 429 at once", err, time.Since(start))
	}
}

func TestClient_SlowResponseIsRepeated(t *testing.T) {
	t.Parallel()
	slow := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	server := newFake(t, slow, response(200, suiteJSON))
	client := server.client(t, func(c *atm.Config) { c.RequestTimeout = 50 * time.Millisecond })
	if _, err := client.Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	client = newFake(t, slow).client(t, func(c *atm.Config) { c.RequestTimeout, c.MaxRetries = 50*time.Millisecond, 0 })
	if _, err := client.Suite(t.Context(), "s1"); err == nil || !strings.Contains(err.Error(), "request_timeout") {
		t.Errorf("err = %v, want it to name request_timeout", err)
	}
}

func TestClient_CancelledOperationEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := server.client(t).Suite(ctx, "s1"); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want canceled", err)
	}
}

// A 401 was not acted on: that no better token is available leaves no doubt.
func TestClient_CreateThatIsRefusedForItsTokenHasAKnownOutcome(t *testing.T) {
	t.Parallel()
	server := newFake(t, problem(401, "urn:atm:problem:unauthorized"))
	_, err := server.client(t).CreateSuite(t.Context(), "key", atm.SuiteCreate{Name: "payments"})
	var refused *atm.SignInError
	if !errors.As(err, &refused) {
		t.Errorf("err = %v, want a SignInError", err)
	}
	var lost *atm.UnknownOutcomeError
	if errors.As(err, &lost) {
		t.Errorf("the outcome counts as unknown: %v", err)
	}
}
