package controls

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

// guard lets in whoever sends the token, where there is one; without one,
// processes of the same machine, and no web page that a browser on it shows:
// a page may send requests to loopback, also under a name of its own (DNS
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
		got := sha256.Sum256([]byte(bearer(r)))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			return problem.Unauthorized("The test controls need their token: send Authorization: Bearer <control token>.")
		}
		return nil
	}
}

func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// proxied are headers that proxies add: what comes through one on the same
// machine has a loopback peer, wherever it came from.
var proxied = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"}

func refuseStrangers(r *http.Request) error {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return forbidden("answer this machine's own processes only; --test-controls-token opens them to others")
	}
	if !loopbackHost(r.Host) {
		return forbidden("are called as localhost or by a loopback address only; --test-controls-token opens them under other names")
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Header.Get("Origin") != "" || site != "" && site != "none" {
		return forbidden("do not answer requests that a web page sends")
	}
	for _, name := range proxied {
		if r.Header.Get(name) != "" {
			return forbidden("do not answer through a proxy; --test-controls-token opens them to others")
		}
	}
	return nil
}

func forbidden(what string) error {
	return problem.Forbidden("", "", "The test controls "+what+".")
}

func loopbackHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
