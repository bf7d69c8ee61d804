package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

//go:embed seed.yaml
var seed []byte

const (
	email    = "ada@example.com"
	password = "correct horse battery staple"
)

// application is one of the seed.
type application struct {
	Name         string `yaml:"name"`
	ID           string `yaml:"id"`
	ClientID     string `yaml:"clientId"`
	ClientSecret string `yaml:"clientSecret"`
}

// server is a running reference server, over HTTPS.
type server struct {
	*sandbox.Server

	log, ca      string // files
	http         *http.Client
	applications map[string]application // by name
}

func (run *runner) startServer(ctx context.Context, c client, dir string) (*server, error) {
	s := &server{log: filepath.Join(dir, "server.log"), ca: filepath.Join(dir, "ca.pem"), applications: map[string]application{}}
	var contents struct {
		Suites []struct {
			Projects []struct {
				Applications []application `yaml:"applications"`
			} `yaml:"projects"`
		} `yaml:"suites"`
	}
	if err := yaml.Unmarshal(seed, &contents); err != nil {
		return nil, err
	}
	for _, a := range contents.Suites[0].Projects[0].Applications {
		s.applications[a.Name] = a
	}
	if _, known := s.applications[c.Application]; !known {
		return nil, fmt.Errorf("the seed has no application %q", c.Application)
	}
	file := filepath.Join(dir, "seed.yaml")
	if err := os.WriteFile(file, seed, 0o600); err != nil {
		return nil, err
	}
	var err error
	s.Server, err = sandbox.StartServer(context.WithoutCancel(ctx), sandbox.ServerOptions{
		Program: filepath.Join(run.dir, sandbox.Executable("atm-testserver")), Log: s.log, Environ: sandbox.Environ(),
		Flags: []string{"--seed", file, "--test-controls", "--tls-self-signed", "--tls-ca-file", s.ca, "--log-format", "json"},
	})
	if err != nil {
		return nil, err
	}
	s.http, err = s.trusting()
	return s, err
}

// trusting is an HTTP client that trusts the server's own authority.
func (s *server) trusting() (*http.Client, error) {
	certificate, err := os.ReadFile(s.ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}, nil
}

// rotate makes the next signing key the current one, as an administrator does.
func (s *server) rotate(ctx context.Context) error {
	token, err := s.issue(ctx, url.Values{
		"grant_type": {"user_credentials"}, "client_id": {s.ClientID}, "client_secret": {s.ClientSecret}, "login_id": {s.LoginID},
	})
	if err != nil {
		return err
	}
	return s.post(ctx, "/api/v1/signing-keys/rotate", token, "application/json", "", nil)
}

// accessToken issues one for the user, by user credentials.
func (s *server) accessToken(ctx context.Context, a application) (string, error) {
	return s.issue(ctx, url.Values{
		"grant_type": {"user_credentials"}, "client_id": {a.ClientID}, "client_secret": {a.ClientSecret}, "login_id": {email},
	})
}

func (s *server) issue(ctx context.Context, form url.Values) (string, error) {
	var issued struct {
		AccessToken string `json:"access_token"`
	}
	err := s.post(ctx, "/auth/token", "", "application/x-www-form-urlencoded", form.Encode(), &issued)
	return issued.AccessToken, err
}

// mintRequest is a part of that of testserver/openapi.yaml.
type mintRequest struct {
	Claims    map[string]string `json:"claims,omitempty"`
	ExpiresIn int               `json:"expiresIn,omitempty"`
	Alg       string            `json:"alg,omitempty"`
	Key       string            `json:"key,omitempty"`
}

// mint returns an access token that is as wrong as asked for.
func (s *server) mint(ctx context.Context, how mintRequest) (string, error) {
	body, err := json.Marshal(how)
	if err != nil {
		return "", err
	}
	var minted struct {
		Token string `json:"token"`
	}
	err = s.post(ctx, "/_test/tokens", "", "application/json", string(body), &minted)
	return minted.Token, err
}

func (s *server) post(ctx context.Context, path, bearer, contentType, body string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Endpoint+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", contentType)
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	response, err := s.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s %s", path, response.Status, content)
	}
	if err == nil && into != nil {
		err = json.Unmarshal(content, into)
	}
	return err
}

// seen returns the capabilities that the log shows.
func (s *server) seen() (map[string]bool, error) {
	log, err := os.ReadFile(s.log)
	if err != nil {
		return nil, err
	}
	return seenIn(log)
}

// seenIn returns the capabilities that a log in JSON shows.
func seenIn(log []byte) (map[string]bool, error) {
	seen, rotated := map[string]bool{}, 0
	lines := bufio.NewScanner(bytes.NewReader(log))
	for lines.Scan() {
		var line struct {
			Path   string `json:"path"`
			Status int    `json:"status"`
			Result string `json:"result"`
			Grant  string `json:"grant_type"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, errors.New("the server's log has a line that is not JSON")
		}
		switch {
		case line.Path == "/api/v1/signing-keys/rotate" && line.Status == http.StatusOK:
			rotated++
		case line.Result != "ok":
		case line.Path == "/auth/userinfo":
			seen[userInfo] = true
		case line.Path == "/auth/introspect":
			seen[introspection] = true
		case line.Path == "/auth/revoke":
			seen[revocation] = true
		case line.Path == "/logout":
			seen[signOut] = true
		case line.Grant == "authorization_code":
			seen[signIn] = true
		case line.Grant == "refresh_token":
			seen[refresh] = true
		}
	}
	seen[rotations] = rotated >= 2
	return seen, lines.Err()
}
