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

// Every error at the end of a wait says what was tried, what came back and which setting helps.
func TestClient_EndOfAWaitIsExplained(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, test := range map[string]struct {
		response http.HandlerFunc
		change   func(*atm.Config)
		timeout  time.Duration
		want     []string
	}{
		"429 until the timeout":     {response(429, ""), nil, 100 * time.Millisecond, []string{"returned 429", "max_requests_per_second", "operation's time", "attempts in"}},
		"503 until the timeout":     {retryAfter(503, 0), nil, 100 * time.Millisecond, []string{"timeouts.read (2m0s) is over", "returned 503", "attempts in"}},
		"Retry-After of a day":      {retryAfter(429, 86400), nil, time.Minute, []string{"returned 429", "24h0m0s (Retry-After)", "raise the operation's timeout"}},
		"500, max_retries":          {problem(500, "urn:atm:problem:internal"), nil, time.Minute, []string{"returned 500", "what is wrong", "max_retries", "4 attempts in"}},
		"a gateway's 502":           {response(502, "<html>"), nil, time.Minute, []string{"returned 502", "a proxy, a gateway", "4 attempts in"}},
		"no response, each attempt": {hang, func(c *atm.Config) { c.RequestTimeout = 20 * time.Millisecond }, time.Minute, []string{"got no response", "request_timeout (20ms)", "raise request_timeout"}},
		"no response, the timeout":  {hang, nil, 50 * time.Millisecond, []string{"got no response", "timeouts.read (2m0s) is over"}},
		"max_retries = 0":           {problem(500, "urn:atm:problem:internal"), func(c *atm.Config) { c.MaxRetries = 0 }, time.Minute, []string{"returned 500", "max_retries"}},
	} {
		for how, read := range map[string]func(context.Context, *atm.Client) error{
			"single":       func(ctx context.Context, c *atm.Client) error { return second(c.Suite(ctx, "s1")) },
			"batch loader": func(ctx context.Context, c *atm.Client) error { return second(c.RefreshSuite(ctx, "s1")) },
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				client := newFake(t, test.response).client(t, func(c *atm.Config) {
					if test.change != nil {
						test.change(c)
					}
				})
				ctx, cancel := context.WithTimeoutCause(t.Context(), test.timeout, errors.New("timeouts.read (2m0s) is over"))
				defer cancel()
				err := read(ctx, client)
				if err == nil {
					t.Fatal("no error")
				}
				if n := strings.Count(err.Error(), "request id"); n != 1 {
					t.Errorf("%q names the request %d times", err, n)
				}
				for _, want := range append(test.want, "GET http://127.0.0.1:", "/api/v1/suites/s1", "request id ") {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%q does not contain %q", err, want)
					}
				}
			})
		}
	}
}
