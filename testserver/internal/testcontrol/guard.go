package testcontrol

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/bearer"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/loopback"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

// guard lets in clients that send the token, where there is one; without one,
// processes of the same machine, and no web page that a browser on it shows: a
// page may send requests to loopback, also under a name of its own (DNS
// rebinding).
func guard(token string) func(http.Handler) http.Handler {
	refusal := refuseStrangers
	if token != "" {
		refusal = refuseWithout(token)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := refusal(r); err != nil {
				problem.Write(w, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func refuseWithout(token string) func(*http.Request) error {
	want := sha256.Sum256([]byte(token))
	return func(r *http.Request) error {
		token, _ := bearer.Token(r)
		got := sha256.Sum256([]byte(token))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			return problem.Unauthorized("The test-control API needs its token: send Authorization: Bearer <control token>.")
		}
		return nil
	}
}

func refuseStrangers(r *http.Request) error {
	if !loopback.Peer(r) {
		return forbidden("accepts requests only from this machine; --test-controls-token opens it to others")
	}
	if !loopback.Host(r.Host) {
		return forbidden("accepts requests only for localhost or a loopback address; --test-controls-token opens it under other names")
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Header.Get("Origin") != "" || site != "" && site != "none" {
		return forbidden("does not accept requests that a web page sends")
	}
	// Proxies that say nothing of themselves still speak HTTP/1.0 by default.
	if loopback.Proxied(r) || !r.ProtoAtLeast(1, 1) {
		return forbidden("does not accept requests through a proxy; --test-controls-token opens it to others")
	}
	return nil
}

func forbidden(what string) error {
	return problem.Forbidden("", "", "The test-control API "+what+".")
}
