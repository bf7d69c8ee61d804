package ratelimit_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
)

func frozen() *clock.Settable {
	c := clock.NewSettable()
	c.Freeze(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	return c
}

func TestLimiter_LimitsAfterTheBurstAndRecovers(t *testing.T) {
	t.Parallel()
	c := frozen()
	l := ratelimit.New(ratelimit.Config{Clock: c, Burst: 3, Every: 10 * time.Second})
	key := ratelimit.Key{Client: "a", Grant: "user_credentials", Address: "192.0.2.1"}
	for i := range 3 {
		if _, limited := l.Fail(key); limited {
			t.Fatalf("failure %d is limited", i+1)
		}
	}
	for range 100 { // being limited does not make it longer
		retryAfter, limited := l.Fail(key)
		if !limited || retryAfter <= 0 || retryAfter > 10*time.Second {
			t.Fatalf("after the burst: %v, limited %v", retryAfter, limited)
		}
	}
	c.Advance(10 * time.Second)
	if _, limited := l.Fail(key); limited {
		t.Error("still limited when Retry-After has passed")
	}
	if _, limited := l.Fail(key); !limited {
		t.Error("one interval allowed two failures")
	}
}

func TestLimiter_KeepsKeysApart(t *testing.T) {
	t.Parallel()
	l := ratelimit.New(ratelimit.Config{Clock: frozen(), Burst: 1})
	key := ratelimit.Key{Client: "a", Grant: "g", Address: "x"}
	l.Fail(key)
	if _, limited := l.Fail(key); !limited {
		t.Fatal("not limited after the burst")
	}
	for _, other := range []ratelimit.Key{{"b", "g", "x"}, {"a", "h", "x"}, {"a", "g", "y"}} {
		if _, limited := l.Fail(other); limited {
			t.Errorf("%+v is limited by the failures of %+v", other, key)
		}
	}
}

func TestLimiter_MemoryIsBounded(t *testing.T) {
	t.Parallel()
	l := ratelimit.New(ratelimit.Config{Clock: frozen(), Capacity: 100})
	for i := range 10_000 {
		l.Fail(ratelimit.Key{Client: strconv.Itoa(i)})
	}
	if got := l.Len(); got != 100 {
		t.Errorf("%d keys are remembered, want 100", got)
	}
}

func TestLimiter_ResetForgets(t *testing.T) {
	t.Parallel()
	l := ratelimit.New(ratelimit.Config{Clock: frozen(), Burst: 1})
	l.Fail(ratelimit.Key{})
	l.Reset()
	if _, limited := l.Fail(ratelimit.Key{}); limited {
		t.Error("limited after a reset")
	}
}

func TestLimiter_NilNeverLimits(t *testing.T) {
	t.Parallel()
	var l *ratelimit.Limiter
	l.Reset()
	for range 1000 {
		if _, limited := l.Fail(ratelimit.Key{}); limited {
			t.Fatal("a nil limiter limits")
		}
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.7:5123":             "192.0.2.7",
		"192.0.2.7":                  "192.0.2.7",
		"[::ffff:192.0.2.7]:80":      "192.0.2.7",
		"[2001:db8:1:2:3:4:5:6]:443": "2001:db8:1:2::/64",
		"[2001:db8:1:2::9]:1":        "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1":           "fe80::/64",
		"@":                          "@",
	} {
		if got := ratelimit.Address(remote); got != want {
			t.Errorf("Address(%q) = %q, want %q", remote, got, want)
		}
	}
}

func TestLimiter_ExceededCountsNothing(t *testing.T) {
	t.Parallel()
	c := frozen()
	l := ratelimit.New(ratelimit.Config{Clock: c, Burst: 2, Every: time.Minute})
	key := ratelimit.Key{Address: "192.0.2.1"}
	for range 2 {
		for range 10 {
			if l.Exceeded(key) {
				t.Fatal("exceeded before the burst")
			}
		}
		l.Fail(key)
	}
	if !l.Exceeded(key) || l.Exceeded(ratelimit.Key{Address: "192.0.2.2"}) {
		t.Error("after the burst, that key and no other is exceeded")
	}
	c.Advance(time.Minute)
	if l.Exceeded(key) {
		t.Error("still exceeded after the interval")
	}
	if got := l.Len(); got != 1 {
		t.Errorf("%d keys are remembered, want 1", got)
	}
	if (*ratelimit.Limiter)(nil).Exceeded(key) {
		t.Error("a nil limiter limits")
	}
}
