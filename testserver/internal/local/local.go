// Package local tells requests of this machine's own processes and browsers
// from those that come from elsewhere, or that a web page makes a browser send.
// It knows what a request looks like, and nothing of what is asked.
package local

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Peer tells whether the connection comes from this machine.
func Peer(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

// proxied are headers that proxies add: what comes through one on the same
// machine has a loopback peer, wherever it came from.
var proxied = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"}

// Proxied tells whether a proxy says that it passed the request on. One that
// says nothing is not noticed.
func Proxied(r *http.Request) bool {
	for _, name := range proxied {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

// Host tells whether a host, with or without a port, is a name of loopback:
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
