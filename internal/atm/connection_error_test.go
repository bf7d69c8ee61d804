package atm_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// certificate makes a server certificate of the authority with a name and an end.
func (a *authority) certificate(name string, end time.Time) tls.Certificate {
	a.t.Helper()
	key := newKey(a.t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: end.Add(-48 * time.Hour), NotAfter: end, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func serveTLS(t *testing.T, certificate tls.Certificate, mutual bool) string {
	t.Helper()
	server := httptest.NewUnstartedServer(response(200, suiteJSON))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	if mutual {
		server.TLS.ClientAuth = tls.RequireAndVerifyClientCert
		server.TLS.ClientCAs = x509.NewCertPool()
	}
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
}

// refusingProxy responds to every request with the status.
func refusingProxy(t *testing.T, status int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(server.Close)
	return server.URL
}

// silent is the URL of a server that sends a text to each client, and hangs up.
func silent(t *testing.T, scheme, text string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1))
			_, _ = io.WriteString(conn, text)
			_ = conn.Close()
		}
	}()
	return fmt.Sprintf("%s://%s", scheme, listener.Addr())
}

// An error of the connection names the setting that can be wrong, as the user
// knows it, and says what to do.
func TestConnectionErrors_NameTheSetting(t *testing.T) {
	t.Parallel()
	ca, other := newAuthority(t), newAuthority(t)
	tomorrow := time.Now().Add(24 * time.Hour)
	good := serveTLS(t, ca.certificate("localhost", tomorrow), false)
	otherCert, otherKey := other.issue("client")
	const password = "proxy-password-0123456789"
	nobody := "http://ada:" + password + "@127.0.0.1:1"

	for name, tc := range map[string]struct {
		config atm.Config
		want   []string
	}{
		"private authority":     {atm.Config{Endpoint: good}, []string{"unknown authority", "ca_cert_file", "ca_cert_pem"}},
		"another authority":     {atm.Config{Endpoint: good, CACertPEM: other.pem()}, []string{"Neither this system nor CA_SOURCE"}},
		"another host name":     {atm.Config{Endpoint: serveTLS(t, ca.certificate("atm.example.com", tomorrow), false), CACertPEM: ca.pem()}, []string{"atm.example.com", "Set ENDPOINT_SOURCE to a host name"}},
		"expired":               {atm.Config{Endpoint: serveTLS(t, ca.certificate("localhost", time.Now().Add(-time.Hour)), false), CACertPEM: ca.pem()}, []string{"expired", "Renew", "clock"}},
		"no client certificate": {atm.Config{Endpoint: serveTLS(t, ca.certificate("localhost", tomorrow), true), CACertPEM: ca.pem()}, []string{"client_cert_file", "client_key_file"}},
		"wrong client certificate": {atm.Config{
			Endpoint: serveTLS(t, ca.certificate("localhost", tomorrow), true), CACertPEM: ca.pem(), ClientCertPEM: otherCert, ClientKeyPEM: otherKey,
		}, []string{"CERT_SOURCE"}},
		"HTTP on an https port":   {atm.Config{Endpoint: strings.Replace(newFake(t, response(200, suiteJSON)).URL, "http:", "https:", 1)}, []string{"does not use TLS", "ENDPOINT_SOURCE"}},
		"no TLS at all":           {atm.Config{Endpoint: silent(t, "https", "220 mail.example.com ESMTP\r\n")}, []string{"does not use TLS", "ENDPOINT_SOURCE"}},
		"TLS on an http port":     {atm.Config{Endpoint: silent(t, "http", "\x15\x03\x01\x00\x02\x02\x46")}, []string{"Begin ENDPOINT_SOURCE with https://"}},
		"no such host":            {atm.Config{Endpoint: "https://atm.invalid"}, []string{"no such host", "host name of ENDPOINT_SOURCE"}},
		"no server listens":       {atm.Config{Endpoint: "http://127.0.0.1:1"}, []string{"connection refused", "ENDPOINT_SOURCE"}},
		"proxy does not listen":   {atm.Config{Endpoint: "https://atm.example.com", ProxyURL: nobody}, []string{"proxyconnect", "PROXY_SOURCE"}},
		"proxy, plain endpoint":   {atm.Config{Endpoint: "http://atm.example.com", ProxyURL: nobody}, []string{"proxyconnect", "PROXY_SOURCE"}},
		"proxy wants a password":  {atm.Config{Endpoint: "https://atm.example.com", ProxyURL: refusingProxy(t, 407)}, []string{"407", "PROXY_SOURCE", "USER:PASSWORD"}},
		"proxy refuses":           {atm.Config{Endpoint: "https://atm.example.com", ProxyURL: refusingProxy(t, 403)}, []string{"403", "PROXY_SOURCE", "NO_PROXY"}},
		"SOCKS proxy is no proxy": {atm.Config{Endpoint: "https://atm.example.com", ProxyURL: silent(t, "socks5", "HTTP/1.1 400\r\n\r\n")}, []string{"PROXY_SOURCE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.config.AccessToken, tc.config.RetryWait = atm.SecretValue("t"), time.Millisecond
			tc.config.Sources = map[string]string{
				"endpoint": "ENDPOINT_SOURCE", "ca_cert_pem": "CA_SOURCE", "client_cert_pem": "CERT_SOURCE", "proxy_url": "PROXY_SOURCE",
			}
			_, err := newClient(t, tc.config).Suite(t.Context(), "s1")
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v: want it to contain %q", err, want)
				}
			}
			if strings.Contains(err.Error(), password) {
				t.Errorf("the error contains the password of the proxy: %v", err)
			}
		})
	}
}
