package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const healthcheckTimeout = 3 * time.Second

// healthcheck asks the server that the same settings would start whether it is
// ready.
func (f *flags) healthcheck(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	address, err := reachable(f.Listen)
	if err != nil {
		return err
	}
	scheme, client, err := f.healthClient()
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+address+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	response, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	var body struct{ Reason string }
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<16)).Decode(&body); err != nil || body.Reason == "" {
		body.Reason = response.Status
	}
	return fmt.Errorf("healthcheck: not ready: %s", body.Reason)
}

// reachable is where a server that listens on an address is found from the
// same machine.
func reachable(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("--listen: %w", err)
	}
	if port == "0" {
		return "", errors.New("healthcheck needs a --listen with a port other than 0")
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

func (f *flags) healthClient() (scheme string, _ *http.Client, err error) {
	var config *tls.Config
	switch {
	case f.TLSSelfSigned:
		config, err = trustAuthority(f.caFile())
	case f.TLSCert != "":
		config, err = trustCertificate(f.TLSCert, f.TLSKey)
	default:
		return "http", &http.Client{Transport: &http.Transport{}}, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("healthcheck: %w", err)
	}
	return "https", &http.Client{Transport: &http.Transport{TLSClientConfig: config}}, nil
}

func trustAuthority(file string) (*tls.Config, error) {
	certificate, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(certificate) {
		return nil, fmt.Errorf("%s contains no certificate", file)
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

// trustCertificate accepts exactly the server's own certificate: it is made out
// to the public name, not to loopback.
func trustCertificate(certFile, keyFile string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	want, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection compares the certificate itself
		VerifyConnection: func(s tls.ConnectionState) error {
			if !s.PeerCertificates[0].Equal(want) {
				return errors.New("the server has another certificate than --tls-cert")
			}
			return nil
		},
	}, nil
}
