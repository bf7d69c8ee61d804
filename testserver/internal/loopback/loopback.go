// Package loopback tells requests of this machine's own processes and browsers
// from those of other machines, and from those that a web page makes a browser
// send. It knows what a request looks like, and nothing of what is asked.
package loopback

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Peer reports whether the connection comes from this machine.
func Peer(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

// proxyHeaders are the names, and proxyPrefixes the beginnings of names, of
// headers that proxies add. A request that came through a proxy on this machine
// has a loopback peer, with any origin.
var (
	proxyHeaders  = []string{"Forwarded", "Via", "X-Real-Ip", "Cf-Connecting-Ip", "True-Client-Ip"}
	proxyPrefixes = []string{"X-Forwarded-", "X-Envoy-"}
)

// Proxied reports whether the request has a header that proxies add, even an
// empty one. A proxy that adds none is not detected.
func Proxied(r *http.Request) bool {
	for name := range r.Header { // names are canonical: net/http reads them so
		if slices.Contains(proxyHeaders, name) {
			return true
		}
		for _, prefix := range proxyPrefixes {
			if strings.HasPrefix(name, prefix) {
				return true
			}
		}
	}
	return false
}

// Host reports whether a host, with or without a port, is a name of loopback:
// then no other name was made to lead here (DNS rebinding).
func Host(hostport string) bool {
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
