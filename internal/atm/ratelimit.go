package atm

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/dunglas/httpsfv"
)

// quotaReset reads from a response that used up the caller's quota how long it takes until there is one again. It reads the
// RateLimit field of draft-ietf-httpapi-ratelimit-headers, a list of policies with r (what remains) and t (seconds
// until it is filled up), and the fields RateLimit-Remaining and RateLimit-Reset of the draft's versions to 07, which
// most gateways send, some of them with a time in RateLimit-Reset. A response without these fields slows no request down.
func quotaReset(header http.Header) (time.Duration, bool) {
	if list, err := httpsfv.UnmarshalList(header.Values("RateLimit")); err == nil && len(list) > 0 {
		return quotaPolicies(list)
	}
	remaining, err := strconv.Atoi(header.Get("RateLimit-Remaining"))
	if err != nil || remaining > 0 {
		return 0, false
	}
	reset, err := strconv.ParseInt(header.Get("RateLimit-Reset"), 10, 64)
	if reset > epoch {
		return atMost(time.Until(time.Unix(min(reset, math.MaxInt32), 0))), err == nil
	}
	return seconds(reset), err == nil && reset > 0
}

// quotaPolicies returns the longest wait of the policies that are used up.
func quotaPolicies(list httpsfv.List) (time.Duration, bool) {
	var longest time.Duration
	for _, member := range list {
		item, ok := member.(httpsfv.Item)
		if !ok {
			continue
		}
		remaining, hasRemaining := item.Params.Get("r")
		reset, hasReset := item.Params.Get("t")
		r, isNumber := remaining.(int64)
		t, isTime := reset.(int64)
		if hasRemaining && hasReset && isNumber && isTime && r <= 0 {
			longest = max(longest, seconds(t))
		}
	}
	return longest, longest > 0
}

// epoch is above what a quota takes to be filled up: a larger RateLimit-Reset is a time, in seconds since 1970.
const epoch = 1_000_000_000

// longestWait bounds what a stranger asks to wait: a gateway that counts in another unit is not to stop a run.
const longestWait = 5 * time.Minute

func seconds(n int64) time.Duration {
	return atMost(time.Duration(min(n, int64(longestWait/time.Second))) * time.Second)
}

func atMost(wait time.Duration) time.Duration { return max(0, min(wait, longestWait)) }
