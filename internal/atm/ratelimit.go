package atm

import (
	"net/http"
	"strconv"
	"time"

	"github.com/dunglas/httpsfv"
)

// spent tells of an answer that used up the caller's quota how long it is until there is one again. It reads the
// RateLimit field of draft-ietf-httpapi-ratelimit-headers, a list of policies with r (what remains) and t (seconds
// until it is filled up), and the fields RateLimit-Remaining and RateLimit-Reset of the draft's versions to 07, which
// most gateways send. An answer that says nothing of it slows nobody down.
func spent(header http.Header) (time.Duration, bool) {
	if list, err := httpsfv.UnmarshalList(header.Values("RateLimit")); err == nil && len(list) > 0 {
		return spentPolicies(list)
	}
	remaining, err := strconv.Atoi(header.Get("RateLimit-Remaining"))
	if err != nil || remaining > 0 {
		return 0, false
	}
	reset, err := strconv.Atoi(header.Get("RateLimit-Reset"))
	return seconds(int64(reset)), err == nil && reset > 0
}

// spentPolicies answers the longest wait of the policies that are used up.
func spentPolicies(list httpsfv.List) (time.Duration, bool) {
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

// seconds bounds what a stranger asks to wait, so that it cannot overflow: a day is longer than any operation.
func seconds(n int64) time.Duration {
	return time.Duration(min(n, 24*60*60)) * time.Second
}
