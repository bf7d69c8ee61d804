package testserver

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/selfsigned"
)

// tlsChoice is a certificate that was given, or none: then one is made.
type tlsChoice struct {
	certificate *tls.Certificate
	caFile      string
}

// identity is what a server shows of itself by TLS, and what its own client
// needs to trust it.
type identity struct {
	server *tls.Config
	client *tls.Config
	caPEM  []byte
}

// CAFileName is the name of the file in a data directory that holds the
// certificate, in PEM, of the authority of WithSelfSignedTLS.
const CAFileName = "tls-ca.pem"

const caKeyFileName = "tls-ca.key"

func newIdentity(c *config, listener net.Addr) (*identity, error) {
	if c.tls.certificate != nil {
		return givenIdentity(*c.tls.certificate)
	}
	now := time.Now() // what TLS clients compare with is the machine's time
	authority, err := authorityOf(c, now)
	if err != nil {
		return nil, fmt.Errorf("self-signed TLS: %w", err)
	}
	if c.tls.caFile != "" {
		if err := authority.WriteCertificate(c.tls.caFile); err != nil {
			return nil, fmt.Errorf("self-signed TLS: %w", err)
		}
	}
	certificate, err := authority.Issue(now, hostsOf(c, listener)...)
	if err != nil {
		return nil, fmt.Errorf("self-signed TLS: %w", err)
	}
	return &identity{
		server: serverTLS(certificate),
		client: &tls.Config{RootCAs: authority.Pool(), MinVersion: tls.VersionTLS12},
		caPEM:  authority.PEM(),
	}, nil
}

func authorityOf(c *config, now time.Time) (*selfsigned.Authority, error) {
	if dir := c.store.DataDir; dir != "" {
		return selfsigned.Load(filepath.Join(dir, CAFileName), filepath.Join(dir, caKeyFileName), now)
	}
	return selfsigned.New(now)
}

// hostsOf are the names under which a server may be reached.
func hostsOf(c *config, listener net.Addr) []string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	add := func(host string) {
		if host != "" && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	if a, ok := listener.(*net.TCPAddr); ok && !a.IP.IsUnspecified() {
		add(a.IP.String())
	}
	if c.publicURL != nil {
		add(c.publicURL.Hostname())
	}
	return hosts
}

// givenIdentity trusts exactly the given certificate, under any name.
func givenIdentity(certificate tls.Certificate) (*identity, error) {
	if len(certificate.Certificate) == 0 {
		return nil, fmt.Errorf("TLS: the certificate is empty")
	}
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	client := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	switch {
	case len(leaf.DNSNames) > 0:
		client.ServerName = leaf.DNSNames[0]
	case len(leaf.IPAddresses) > 0:
		client.ServerName = leaf.IPAddresses[0].String()
	}
	return &identity{server: serverTLS(certificate), client: client}, nil
}

func serverTLS(certificate tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
}

// newClient returns a client with connections of its own, which a server's
// Close can end.
func newClient(i *identity) *http.Client {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		transport = &http.Transport{}
	}
	transport = transport.Clone()
	// A server of this process is not reached through a proxy.
	transport.Proxy = nil
	if i != nil {
		transport.TLSClientConfig = i.client
	}
	return &http.Client{Transport: transport}
}

// Client returns a client that trusts the server's certificate. Its connections
// end with the server.
func (s *Server) Client() *http.Client { return s.client }

// CA returns the certificate of the authority that signed the server's, in PEM,
// or nil where TLS is off or a certificate was given.
func (s *Server) CA() []byte {
	if s.identity == nil {
		return nil
	}
	return slices.Clone(s.identity.caPEM)
}
