package atm

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// explainTransport adds to an error of the HTTP transport the settings that can
// be wrong, under the names by which the user knows them. The error itself stays
// in the chain. An error that no setting explains is returned unchanged.
func (c Config) explainTransport(err error) error {
	for _, hint := range []string{c.proxyHint(err), c.certificateHint(err), c.tlsHint(err), c.addressHint(err)} {
		if hint != "" {
			return fmt.Errorf("%w. %s", err, hint)
		}
	}
	return err
}

// proxyHint explains that the proxy, not ATM, is the problem.
func (c Config) proxyHint(err error) string {
	proxy := c.source("proxy_url")
	if c.ProxyURL == "" {
		proxy = "the environment variable HTTPS_PROXY (HTTP_PROXY for an http endpoint)"
	}
	var (
		refused   *proxyRefusedError
		operation *net.OpError
	)
	switch {
	case errors.As(err, &refused) && refused.status == http.StatusProxyAuthRequired:
		return fmt.Sprintf("The proxy of %s requires a user name and a password: http://USER:PASSWORD@HOST:PORT", proxy)
	case errors.As(err, &refused):
		return fmt.Sprintf("The proxy of %s does not connect to %s. If no proxy is needed for it, add the host to NO_PROXY", proxy, c.source("endpoint"))
	case errors.As(err, &operation) && (operation.Op == "proxyconnect" || strings.HasPrefix(operation.Op, "socks")):
		return fmt.Sprintf("The provider cannot use the proxy of %s. Check its host, port, user name and password", proxy)
	}
	return ""
}

// certificateHint explains a server certificate that cannot be verified.
func (c Config) certificateHint(err error) string {
	var (
		unknown      x509.UnknownAuthorityError
		name         x509.HostnameError
		invalid      x509.CertificateInvalidError
		verification *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &unknown) && len(c.CACertPEM) > 0:
		return fmt.Sprintf("Neither this system nor %s contains the certificate of the authority that signed the server's certificate. "+
			"If a proxy inspects TLS traffic, add the certificate of its authority", c.source("ca_cert_pem"))
	case errors.As(err, &unknown):
		return "This system does not trust the authority that signed the server's certificate, a private one or the server itself. " +
			"Set ca_cert_file (or ca_cert_pem) to the certificate of that authority in PEM format"
	case errors.As(err, &name):
		return fmt.Sprintf("Set %s to a host name that is in the server's certificate", c.source("endpoint"))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "Renew the server's certificate, or correct the clock of this machine"
	case errors.As(err, &verification):
		return fmt.Sprintf("The provider cannot verify the server's certificate. Check the certificate, and %s and %s",
			c.source("endpoint"), c.source("ca_cert_pem"))
	}
	return ""
}

// tlsHint explains a server that does not speak TLS, does not speak HTTP, or
// refuses the client certificate.
func (c Config) tlsHint(err error) string {
	var (
		record    tls.RecordHeaderError
		operation *net.OpError
	)
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return fmt.Sprintf("The server does not use TLS on this port. Check the port of %s, or begin it with http:// (for tests only)", c.source("endpoint"))
	case strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`): // a TLS alert
		return fmt.Sprintf("The server uses TLS on this port. Begin %s with https://", c.source("endpoint"))
	case !errors.As(err, &operation) || operation.Op != "remote error": // a TLS alert of the server; its type is not exported
		return ""
	case len(c.ClientCertPEM) == 0:
		return "The server refuses the TLS connection. If it requires a client certificate (mutual TLS), set client_cert_file and client_key_file (or client_cert_pem and client_key_pem)"
	default:
		return fmt.Sprintf("The server refuses the TLS connection. Check that it accepts the client certificate of %s", c.source("client_cert_pem"))
	}
}

// addressHint explains a host that does not exist or does not listen.
func (c Config) addressHint(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("Check the host name of %s. If the host is reached only through a proxy, set proxy_url", c.source("endpoint"))
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("No server listens there. Check the host and port of %s, and that ATM runs", c.source("endpoint"))
	}
	return ""
}

// proxyRefusedError is a proxy's refusal to connect (CONNECT, RFC 9110 §9.3.6).
// Go's own error has only the reason phrase of the status.
type proxyRefusedError struct{ status int }

// Error names the status.
func (e *proxyRefusedError) Error() string {
	return fmt.Sprintf("the proxy returned status %d (%s) to CONNECT", e.status, http.StatusText(e.status))
}
