// Package selfsigned makes a certificate authority and certificates under it,
// for a server that is reached by TLS before anyone has bought a certificate.
// It knows X.509 and files, and nothing of what is served.
package selfsigned

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/private"
)

// lifespan bounds authority and certificates: 397 days is the longest that
// Apple's platforms accept of a certificate.
const lifespan = 397 * 24 * time.Hour

// Authority signs certificates.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// New makes an authority with a key of its own.
func New(now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the authority's key: %w", err)
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "atm-testserver CA"},
		NotBefore:             now.Add(-time.Hour), // clocks differ
		NotAfter:              now.Add(lifespan),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if template.SerialNumber, err = serialNumber(); err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make the authority's certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the authority's certificate: %w", err)
	}
	return &Authority{certificate: certificate, key: key}, nil
}

// Pool trusts only the authority.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// PEM returns the authority's certificate, which is no secret.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificateType, Bytes: a.certificate.Raw})
}

// Issue makes a server certificate for names and addresses.
func (a *Authority) Issue(now time.Time, hosts ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a key: %w", err)
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "atm-testserver"},
		NotBefore:   now.Add(-time.Hour),
		NotAfter:    now.Add(lifespan),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if template.SerialNumber, err = serialNumber(); err != nil {
		return tls.Certificate{}, err
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.certificate.Raw}, PrivateKey: key}, nil
}

func serialNumber() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("draw a serial number: %w", err)
	}
	return n.Add(n, big.NewInt(1)), nil
}

const (
	certificateType = "CERTIFICATE"
	keyType         = "PRIVATE KEY"
)

// Load returns the authority that keyFile and certificateFile hold, or makes
// one and writes both: who trusts the authority once goes on trusting it after
// a restart. One that is about to expire is made anew. keyFile is readable only
// by its owner.
func Load(certificateFile, keyFile string, now time.Time) (*Authority, error) {
	a, err := read(certificateFile, keyFile)
	switch {
	case err == nil && a.certificate.NotAfter.After(now.Add(lifespan/4)):
		return a, nil
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return nil, err
	}
	if a, err = New(now); err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return nil, fmt.Errorf("encode the authority's key: %w", err)
	}
	if err := write(keyFile, 0o600, pem.EncodeToMemory(&pem.Block{Type: keyType, Bytes: key})); err != nil {
		return nil, err
	}
	return a, a.WriteCertificate(certificateFile)
}

// WriteCertificate writes the authority's certificate, for those who are to
// trust it.
func (a *Authority) WriteCertificate(file string) error { return write(file, 0o644, a.PEM()) }

// write replaces a file in one step, so that a reader sees all or nothing.
func write(file string, mode os.FileMode, content []byte) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	temporary, err := os.CreateTemp(dir, filepath.Base(file)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

func read(certificateFile, keyFile string) (*Authority, error) {
	certificateDER, err := readPEM(certificateFile, certificateType)
	if err != nil {
		return nil, err
	}
	if err := private.File(keyFile); err != nil {
		return nil, err
	}
	keyDER, err := readPEM(keyFile, keyType)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(certificateDER)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", certificateFile, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(keyDER)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(certificate.PublicKey) {
		return nil, fmt.Errorf("%s is not the key of %s; remove both so that the server creates new ones", keyFile, certificateFile)
	}
	return &Authority{certificate: certificate, key: key}, nil
}

func readPEM(file, kind string) ([]byte, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("%s contains no PEM block %q", file, kind)
	}
	return block.Bytes, nil
}
