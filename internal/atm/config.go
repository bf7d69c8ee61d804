package atm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// Defaults of [Config], also the ones that the provider documents.
const (
	DefaultRequestTimeout = 30 * time.Second
	DefaultMaxRetries     = 4
	DefaultMaxConcurrency = 32
)

// Config says where an ATM is and how to talk to it.
type Config struct {
	// Endpoint is the base URL, with or without a path, without query and fragment.
	Endpoint string
	// UserAgent is sent with every request.
	UserAgent string

	// AccessToken is a ready access token. It excludes ClientID, ClientSecret and LoginID.
	AccessToken Secret
	// ClientID, ClientSecret and LoginID sign in by ATM's user-credentials flow.
	ClientID     string
	ClientSecret Secret
	LoginID      string
	// Assertion authenticates the client instead of ClientSecret; nil: it does not.
	Assertion *assertion.Source

	// CACertPEM is trusted beside the system's roots.
	CACertPEM []byte
	// ClientCertPEM and ClientKeyPEM are shown to a server that asks (mutual TLS).
	ClientCertPEM []byte
	ClientKeyPEM  []byte
	// ProxyURL replaces HTTPS_PROXY and NO_PROXY.
	ProxyURL string
	// Headers go with every request, for gateways in front of ATM.
	Headers map[string]string

	// Sources contains, for a provider setting such as "access_token", the name
	// by which the user knows it: "access_token_file", or the environment
	// variable "ATM_ACCESS_TOKEN". Errors use these names. A setting that is not
	// in it has its own name.
	Sources map[string]string

	// RequestTimeout bounds one attempt; 0 is [DefaultRequestTimeout].
	RequestTimeout time.Duration
	// MaxRetries bounds the repetitions of one request. [New] takes it as it is: 0 is none.
	MaxRetries int
	// MaxConcurrency bounds the requests under way; 0 is [DefaultMaxConcurrency].
	MaxConcurrency int
	// MaxRequestsPerSecond paces all requests, repetitions included; 0 is no limit.
	MaxRequestsPerSecond float64

	// Now is the clock against which tokens expire; nil is the machine's.
	Now func() time.Time
	// RetryWait is the first wait of the backoff; 0 is half a second. Tests shorten it.
	RetryWait time.Duration
}

// ConfigError says which field of a [Config] is unusable. Field is the name of
// the provider setting that the field comes from, in snake case.
type ConfigError struct {
	Field string
	Err   error
}

// Error names the field and what is wrong with it, never a secret value.
func (e *ConfigError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Err }

// Secret is a secret value, or the file that holds it and is read again each
// time the value is needed. It prints masked.
type Secret struct {
	value string
	file  string
}

// SecretValue is the secret itself.
func SecretValue(value string) Secret { return Secret{value: value} }

// SecretFile is the secret in a file; white space around it does not count.
func SecretFile(path string) Secret { return Secret{file: path} }

// Set reports whether there is a value or a file.
func (s Secret) Set() bool { return s.value != "" || s.file != "" }

// Read returns the secret, from its file where it has one. A file that cannot
// be read, that is empty, or that contains control characters is an error that
// names it.
func (s Secret) Read() (string, error) {
	if s.file == "" {
		return s.value, nil
	}
	content, err := os.ReadFile(s.file)
	if err != nil {
		return "", fmt.Errorf("reading the file: %w", err)
	}
	secret := strings.TrimSpace(string(content))
	if secret == "" {
		return "", fmt.Errorf("the file %s is empty", s.file)
	}
	if err := CheckText(secret); err != nil {
		return "", fmt.Errorf("the file %s %w", s.file, err)
	}
	return secret, nil
}

// String masks the secret.
func (s Secret) String() string { return "(sensitive)" }

// GoString masks the secret.
func (s Secret) GoString() string { return "(sensitive)" }

// source returns the name by which the user knows a setting: see [Config.Sources].
func (c Config) source(setting string) string {
	if name, ok := c.Sources[setting]; ok {
		return name
	}
	if setting == "access_token" && c.AccessToken.file != "" || setting == "client_secret" && c.ClientSecret.file != "" {
		return setting + "_file"
	}
	return setting
}

func (c Config) endpoint() (*url.URL, error) {
	base, err := parseEndpoint(c.Endpoint)
	if err != nil {
		return nil, &ConfigError{"endpoint", err}
	}
	return base, nil
}

func (c Config) transport() (*http.Transport, error) {
	tlsConfig, err := c.tls()
	if err != nil {
		return nil, err
	}
	return c.transportWith(tlsConfig)
}

// OtherTransport is for requests to other servers than ATM: through the same proxy
// and with the same certificates of authorities, but without the client
// certificate and the headers, which are for a gateway in front of ATM. The error
// is a [*ConfigError].
func (c Config) OtherTransport() (http.RoundTripper, error) {
	tlsConfig, err := c.tls()
	if err != nil {
		return nil, err
	}
	tlsConfig.Certificates = nil
	return c.transportWith(tlsConfig)
}

func (c Config) transportWith(tlsConfig *tls.Config) (*http.Transport, error) {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		TLSClientConfig:       tlsConfig,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          c.MaxConcurrency,
		MaxIdleConnsPerHost:   c.MaxConcurrency,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
	if c.ProxyURL != "" {
		proxy, err := parseProxyURL(c.ProxyURL)
		if err != nil {
			return nil, &ConfigError{"proxy_url", err}
		}
		transport.Proxy = http.ProxyURL(proxy)
	}
	transport.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
		if resp.StatusCode != http.StatusOK {
			return &proxyRefusedError{resp.StatusCode}
		}
		return nil
	}
	return transport, nil
}

func (c Config) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(c.CACertPEM) > 0 {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		if !roots.AppendCertsFromPEM(c.CACertPEM) {
			return nil, &ConfigError{"ca_cert_pem", errors.New("contains no certificate in PEM format (-----BEGIN CERTIFICATE-----)")}
		}
		config.RootCAs = roots
	}
	switch cert, key := len(c.ClientCertPEM) > 0, len(c.ClientKeyPEM) > 0; {
	case cert && !key:
		return nil, &ConfigError{"client_key_pem", errors.New("is missing: a client certificate needs its private key")}
	case key && !cert:
		return nil, &ConfigError{"client_cert_pem", errors.New("is missing: a private key needs its client certificate")}
	case cert && key:
		pair, err := tls.X509KeyPair(c.ClientCertPEM, c.ClientKeyPEM)
		if err != nil {
			return nil, &ConfigError{"client_cert_pem", fmt.Errorf("and its private key cannot be used: %w", err)}
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

func (c Config) headers() (http.Header, error) {
	headers := http.Header{}
	for name, value := range c.Headers {
		switch canonical := http.CanonicalHeaderKey(name); {
		case !validHeaderName(name):
			return nil, &ConfigError{"headers", fmt.Errorf("has %q, which is not a header name", name)}
		case reservedHeaders[canonical]:
			return nil, &ConfigError{"headers", fmt.Errorf("has %s, which the provider sets itself", canonical)}
		case CheckText(value) != nil:
			return nil, &ConfigError{"headers", fmt.Errorf("has a header %s whose value %w", canonical, CheckText(value))}
		default:
			headers.Set(name, value)
		}
	}
	return headers, nil
}

// reservedHeaders would change what a request means, not how it gets through
// a gateway.
var reservedHeaders = map[string]bool{
	"Authorization": true, "Content-Length": true, "Content-Type": true, "Host": true, "If-Match": true,
	"If-None-Match": true, "Idempotency-Key": true, "Transfer-Encoding": true, "Accept": true,
	"Connection": true, "X-Request-Id": true,
}

// validHeaderName follows RFC 9110 §5.1 (token).
func validHeaderName(name string) bool {
	if name == "" {
		return false
	}
	for _, r := range name {
		if r > 0x7e || r <= ' ' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) {
			return false
		}
	}
	return true
}
