package loopback_test

import (
	"net/http/httptest"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/loopback"
)

func TestPeer(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"127.0.0.1:4": true, "127.8.9.1:4": true, "[::1]:4": true, "[::ffff:127.0.0.1]:4": true,
		"192.0.2.1:4": false, "[2001:db8::1]:4": false, "@": false, "": false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = address
		if got := loopback.Peer(r); got != want {
			t.Errorf("%q: %t", address, got)
		}
	}
}

func TestHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST:8080": true, "127.0.0.1:8080": true, "[::1]:8080": true, "[::1]": true, "::1": true,
		"evil.example.com": false, "127.0.0.1.evil.example.com:8080": false, "localhost.evil.example.com": false, "192.0.2.1": false, "": false,
	} {
		if got := loopback.Host(host); got != want {
			t.Errorf("%q: %t", host, got)
		}
	}
}

func TestProxied(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/", nil)
	if loopback.Proxied(r) {
		t.Error("no proxy says anything")
	}
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	if !loopback.Proxied(r) {
		t.Error("a proxy says whom it speaks for")
	}
}

func TestProxied_CountsEveryHeaderThatProxiesAdd(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"Forwarded", "Via", "X-Real-Ip", "Cf-Connecting-Ip", "True-Client-Ip",
		"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Prefix",
		"X-Envoy-External-Address", "X-Envoy-Attempt-Count", "x-envoy-expected-rq-timeout-ms", "x-forwarded-client-cert",
	} {
		for _, value := range []string{"192.0.2.1", ""} {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set(name, value)
			if !loopback.Proxied(r) {
				t.Errorf("%s: %q does not count", name, value)
			}
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	for _, name := range []string{"User-Agent", "Accept", "Viable", "X-Request-Id", "X-Forward", "Cookie", "Cf-Ray"} {
		r.Header.Set(name, "x")
	}
	if loopback.Proxied(r) {
		t.Error("headers of ordinary clients count")
	}
}
