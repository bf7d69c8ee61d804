package atm_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// authority makes certificates for one test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

func (a *authority) issue(name string) (certPEM, keyPEM []byte) {
	a.t.Helper()
	key := newKey(a.t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
}

// tlsServer returns a suite over TLS, to clients with a certificate of the
// authority only if mutual is true.
func tlsServer(t *testing.T, ca *authority, mutual bool) *httptest.Server {
	t.Helper()
	cert, key := ca.issue("localhost")
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(response(200, suiteJSON))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	if mutual {
		server.TLS.ClientCAs = x509.NewCertPool()
		server.TLS.ClientCAs.AddCert(ca.cert)
		server.TLS.ClientAuth = tls.RequireAndVerifyClientCert
	}
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	t.Cleanup(server.Close)
	server.URL = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	return server
}

func TestNetwork_PrivateAuthority(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	server := tlsServer(t, ca, false)
	config := atm.Config{Endpoint: server.URL, AccessToken: atm.SecretValue("t"), MaxRetries: 5, RetryWait: time.Second}

	start := time.Now()
	_, err := newClient(t, config).Suite(t.Context(), "s1")
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("err = %v, want it to speak of the certificate", err)
	}
	if time.Since(start) > time.Second {
		t.Error("an untrusted certificate was tried again")
	}

	config.CACertPEM = ca.pem()
	if _, err := newClient(t, config).Suite(t.Context(), "s1"); err != nil {
		t.Errorf("with ca_cert_pem: %v", err)
	}
}

func TestNetwork_MutualTLS(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	server := tlsServer(t, ca, true)
	config := atm.Config{Endpoint: server.URL, AccessToken: atm.SecretValue("t"), CACertPEM: ca.pem(), RetryWait: time.Millisecond}
	if _, err := newClient(t, config).Suite(t.Context(), "s1"); err == nil {
		t.Error("the server that asks for a certificate took a client without one")
	}
	config.ClientCertPEM, config.ClientKeyPEM = ca.issue("client")
	if _, err := newClient(t, config).Suite(t.Context(), "s1"); err != nil {
		t.Errorf("with a client certificate: %v", err)
	}
}

func TestNetwork_Proxy(t *testing.T) {
	t.Parallel()
	server := newFake(t, response(200, suiteJSON))
	var through atomic.Int32
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { through.Add(1) }})
	t.Cleanup(proxy.Close)
	client := server.client(t, func(c *atm.Config) { c.ProxyURL = proxy.URL })
	if _, err := client.Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	if through.Load() != 1 {
		t.Errorf("%d requests through the proxy, want 1", through.Load())
	}
}

func TestNetwork_HeadersGoWithEveryRequest(t *testing.T) {
	t.Parallel()
	server := newFake(t, response(200, suiteJSON))
	client := server.client(t, func(c *atm.Config) {
		c.Headers, c.UserAgent = map[string]string{"X-Gateway-Key": "k"}, "terraform-provider-atm/1.2.3 Terraform/1.11.4"
	})
	if _, err := client.Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	header := server.requests()[0].Header
	if header.Get("X-Gateway-Key") != "k" || header.Get("User-Agent") != "terraform-provider-atm/1.2.3 Terraform/1.11.4" || header.Get("X-Request-Id") == "" {
		t.Errorf("headers %v", header)
	}
}

// A redirect must not carry token and gateway headers to another host.
func TestNetwork_RedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	another := newFake(t, response(200, suiteJSON))
	server := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, another.URL+"/?secret=1", http.StatusTemporaryRedirect)
	})
	_, err := server.client(t).Suite(t.Context(), "s1")
	if err == nil || !strings.Contains(err.Error(), another.URL) || strings.Contains(err.Error(), "secret=1") {
		t.Errorf("err = %v, want it to name where it leads, without the query", err)
	}
	if len(another.requests()) != 0 {
		t.Error("the redirect was followed")
	}
}

func TestNew_NamesTheWrongField(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*atm.Config){
		"endpoint":        func(c *atm.Config) { c.Endpoint = "atm.example.com" },
		"ca_cert_pem":     func(c *atm.Config) { c.CACertPEM = []byte("no PEM") },
		"client_key_pem":  func(c *atm.Config) { c.ClientCertPEM = []byte("x") },
		"client_cert_pem": func(c *atm.Config) { c.ClientCertPEM, c.ClientKeyPEM = []byte("x"), []byte("y") },
		"proxy_url":       func(c *atm.Config) { c.ProxyURL = "proxy:3128" },
		"headers":         func(c *atm.Config) { c.Headers = map[string]string{"authorization": "Basic x"} },
	} {
		config := atm.Config{Endpoint: "https://atm.example.com"}
		change(&config)
		_, err := atm.New(config)
		var wrong *atm.ConfigError
		if !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("%s: err = %v", field, err)
		}
	}
	for _, endpoint := range []string{"ftp://atm.example.com", "https://", "https://user:pw@atm.example.com", "https://atm.example.com?x=1", "https://atm.example.com/#a", "://"} {
		if _, err := atm.New(atm.Config{Endpoint: endpoint}); err == nil {
			t.Errorf("endpoint %q is taken", endpoint)
		}
	}
	for _, headers := range []map[string]string{{"": "x"}, {"a b": "x"}, {"X-Ok": "a\r\nb"}, {"If-Match": "x"}} {
		if _, err := atm.New(atm.Config{Endpoint: "https://atm.example.com", Headers: headers}); err == nil {
			t.Errorf("headers %q are taken", headers)
		}
	}
}

func TestEndpoint_WithAPathKeepsIt(t *testing.T) {
	t.Parallel()
	server := newFake(t, response(200, suiteJSON))
	client := server.client(t, func(c *atm.Config) { c.Endpoint += "/tenant/a/" })
	if _, err := client.Suite(t.Context(), "s1"); err != nil {
		t.Fatal(err)
	}
	if got := server.requests()[0].URL.Path; got != "/tenant/a/api/v1/suites/s1" {
		t.Errorf("path %s", got)
	}
}

func TestPace_OneBudgetForAllOperations(t *testing.T) {
	t.Parallel()
	server := newFake(t, problem(500, ""), response(200, suiteJSON))
	client := server.client(t, func(c *atm.Config) { c.MaxRequestsPerSecond = 20 })
	start := time.Now()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if _, err := client.Suite(t.Context(), "s1"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	// 4 operations and 1 repetition: the fifth starts 4/20 s after the first.
	if took := time.Since(start); took < 200*time.Millisecond {
		t.Errorf("5 requests in %s, want 200ms at least", took)
	}
}

func TestPace_BoundsTheRequestsUnderWay(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	server := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(10 * time.Millisecond)
		now.Add(-1)
		response(200, suiteJSON)(w, r)
	})
	client := server.client(t, func(c *atm.Config) { c.MaxConcurrency = 2 })
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			if _, err := client.Suite(t.Context(), "s1"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if most.Load() > 2 {
		t.Errorf("%d requests at once, want 2 at most", most.Load())
	}
}

// One 429 holds back the others, which would only earn more of them.
func TestPace_A429HoldsBackEveryRequest(t *testing.T) {
	t.Parallel()
	limited := make(chan time.Time, 1)
	arrived := make(chan time.Time, 2)
	server := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		limited <- time.Now()
		retryAfter(429, 1)(w, r)
	}, func(w http.ResponseWriter, r *http.Request) {
		arrived <- time.Now()
		response(200, suiteWith(path.Base(r.URL.Path)))(w, r)
	})
	// One at a time: the other request has its turn as soon as the client knows of the 429.
	client := server.client(t, func(c *atm.Config) { c.MaxConcurrency = 1 })
	done := make(chan error, 1)
	go func() {
		_, err := client.Suite(t.Context(), "s1")
		done <- err
	}()
	returned := <-limited
	if _, err := client.Suite(t.Context(), "s2"); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	for range 2 {
		if waited := (<-arrived).Sub(returned); waited < time.Second {
			t.Errorf("a request came %s after the 429, want it held back for the second", waited)
		}
	}
}

func TestFieldError_NamesTheAttribute(t *testing.T) {
	t.Parallel()
	for pointer, want := range map[string]string{
		"/name": "name", "/redirectUrls/0": "redirect_urls", "/accessTokenLifespan": "access_token_lifespan", "cursor": "cursor", "": "",
	} {
		if got := (atm.FieldError{Pointer: pointer}).Field(); got != want {
			t.Errorf("%q: %q, want %q", pointer, got, want)
		}
	}
}
