package atm_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestClient_HeedsTheQuota sends two reads: the second waits where the response to the first says that nothing is left.
func TestClient_HeedsTheQuota(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		headers map[string]string
		waits   bool
	}{
		"the draft's list, used up":       {map[string]string{"RateLimit": `"burst";r=3;t=9, "tenant";r=0;t=1`}, true},
		"the draft's list, some left":     {map[string]string{"RateLimit": `"tenant";r=1;t=60`}, false},
		"the draft's list, no end given":  {map[string]string{"RateLimit": `"tenant";r=0`}, false},
		"separate fields, used up":        {map[string]string{"RateLimit-Remaining": "0", "RateLimit-Reset": "1"}, true},
		"separate fields, some left":      {map[string]string{"RateLimit-Remaining": "7", "RateLimit-Reset": "60"}, false},
		"separate fields that are broken": {map[string]string{"RateLimit-Remaining": "none", "RateLimit-Reset": "soon"}, false},
		"nothing said":                    {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				for name, value := range tc.headers {
					w.Header().Set(name, value)
				}
				response(200, suiteJSON)(w, r)
			})
			client := f.client(t)
			start := time.Now()
			for range 2 {
				if _, err := client.Suite(t.Context(), "s1"); err != nil {
					t.Fatal(err)
				}
			}
			if waited := time.Since(start) >= 900*time.Millisecond; waited != tc.waits {
				t.Errorf("two reads took %s, want a wait: %t", time.Since(start), tc.waits)
			}
		})
	}
}

func TestClient_SaysThatTheQuotaOutlastsTheOperation(t *testing.T) {
	t.Parallel()
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("RateLimit", `"tenant";r=0;t=3600`)
		response(200, suiteJSON)(w, r)
	})
	client := f.client(t)
	if _, err := client.Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := client.Suite(limited, "s1")
	if err == nil || !strings.Contains(err.Error(), "RateLimit") || len(f.requests()) != 1 {
		t.Errorf("after %d requests: %v, want one request and an error that names RateLimit", len(f.requests()), err)
	}
}

// Some gateways tell when the quota is filled up, not after how long.
func TestClient_HeedsAResetThatIsATime(t *testing.T) {
	t.Parallel()
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("RateLimit-Remaining", "0")
		w.Header().Set("RateLimit-Reset", strconv.FormatInt(time.Now().Add(2*time.Second).Unix(), 10))
		response(200, suiteJSON)(w, r)
	})
	client := f.client(t)
	if _, err := client.Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	start := time.Now()
	if _, err := client.Suite(limited, "s1"); err != nil {
		t.Fatal(err)
	}
	if waited := time.Since(start); waited < 500*time.Millisecond {
		t.Errorf("waited %s, want 1 to 2 seconds", waited)
	}
}

// No gateway holds a run back for longer than five minutes, even if it asks for
// more.
func TestClient_WaitsForNoQuotaLongerThanFiveMinutes(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string]map[string]string{
		"the draft's list":         {"RateLimit": `"tenant";r=0;t=86400`},
		"separate fields":          {"RateLimit-Remaining": "0", "RateLimit-Reset": "7200"},
		"separate fields, a time":  {"RateLimit-Remaining": "0", "RateLimit-Reset": "9999999999"},
		"separate fields, too far": {"RateLimit-Remaining": "0", "RateLimit-Reset": "9223372036854775807"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				for name, value := range headers {
					w.Header().Set(name, value)
				}
				response(200, suiteJSON)(w, r)
			})
			client := f.client(t)
			if _, err := client.Suite(t.Context(), "s1"); err != nil {
				t.Fatal(err)
			}
			limited, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := client.Suite(limited, "s1")
			var wait time.Duration
			if err != nil {
				_, told, _ := strings.Cut(err.Error(), "in the next ")
				told, _, _ = strings.Cut(told, " ")
				wait, _ = time.ParseDuration(told)
			}
			if wait <= time.Minute || wait > 5*time.Minute {
				t.Errorf("told of a wait of %s (%v), want at most five minutes", wait, err)
			}
		})
	}
}
