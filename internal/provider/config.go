package provider

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// config turns the settings into the client's, naming each that is missing or
// wrong by itself.
func (r resolved) config(diags *diag.Diagnostics) atm.Config {
	r.requireComplete(diags)
	config := atm.Config{
		Endpoint:      r.values["endpoint"],
		AccessToken:   r.secret("access_token", diags),
		ClientID:      r.values["client_id"],
		ClientSecret:  r.secret("client_secret", diags),
		LoginID:       r.values["login_id"],
		CACertPEM:     r.pem("ca_cert", diags),
		ClientCertPEM: r.pem("client_cert", diags),
		ClientKeyPEM:  r.pem("client_key", diags),
		ProxyURL:      r.values["proxy_url"],
		Headers:       r.headers,
	}
	config.RequestTimeout = time.Duration(r.number("request_timeout", 0, diags)) * time.Second
	config.MaxRetries = r.number("max_retries", atm.DefaultMaxRetries, diags)
	config.MaxConcurrency = r.number("max_concurrency", 0, diags)
	config.MaxRequestsPerSecond = r.rate("max_requests_per_second", diags)
	return config
}

// requireComplete names each setting that is missing: the endpoint, and what
// completes a sign-in of which some part is there. No credential at all is
// left to the operations that need one; issuing tokens for others needs none.
func (r resolved) requireComplete(diags *diag.Diagnostics) {
	if !r.has("endpoint") {
		missing("endpoint", "It is the base URL of your ATM.", diags)
	}
	if !r.hasAny("client_id", "client_secret", "client_secret_file", "login_id") {
		return
	}
	if !r.has("client_id") {
		missing("client_id", "A sign-in needs client_id, client_secret and login_id.", diags)
	}
	if !r.hasAny("client_secret", "client_secret_file") {
		missing("client_secret", "A sign-in needs client_id, client_secret (or client_secret_file) and login_id.", diags)
	}
	if !r.has("login_id") {
		missing("login_id", "A sign-in needs client_id, client_secret and login_id, the e-mail of the user as whom the provider acts.", diags)
	}
}

func missing(name, why string, diags *diag.Diagnostics) {
	s := find(name)
	diags.AddAttributeError(path.Root(name), "Missing provider setting "+name,
		fmt.Sprintf("Set %s in the provider block, or the variable %s. %s", name, s.env(), why))
}

func find(name string) setting {
	for _, s := range settings {
		if s.name == name {
			return s
		}
	}
	return setting{name: name}
}

// secret reads a secret's file once, so that a wrong path is known before
// anything happens; the client reads it again when it needs it.
func (r resolved) secret(name string, diags *diag.Diagnostics) atm.Secret {
	if value, ok := r.values[name]; ok {
		return atm.SecretValue(value)
	}
	file, ok := r.values[name+"_file"]
	if !ok {
		return atm.Secret{}
	}
	secret := atm.SecretFile(file)
	if _, err := secret.Read(); err != nil {
		r.wrong(name+"_file", err.Error(), diags)
	}
	return secret
}

func (r resolved) pem(name string, diags *diag.Diagnostics) []byte {
	if value, ok := r.values[name+"_pem"]; ok {
		return []byte(value)
	}
	file, ok := r.values[name+"_file"]
	if !ok {
		return nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		r.wrong(name+"_file", "cannot be read: "+err.Error(), diags)
	}
	return content
}

func (r resolved) number(name string, otherwise int, diags *diag.Diagnostics) int {
	text, ok := r.values[name]
	if !ok {
		return otherwise
	}
	s := find(name)
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < s.least || value > s.most {
		r.wrong(name, fmt.Sprintf("must be a whole number from %d to %d", s.least, s.most), diags)
	}
	return int(value)
}

func (r resolved) rate(name string, diags *diag.Diagnostics) float64 {
	text, ok := r.values[name]
	if !ok {
		return 0
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !(value >= 0.001 && value <= 100000) {
		r.wrong(name, "must be a number from 0.001 to 100000", diags)
	}
	return value
}

func (r resolved) wrong(name, what string, diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root(name), "Wrong provider setting "+name, fmt.Sprintf("%s%s: %s.", name, r.origin(name), what))
}

// warnPlainHTTP speaks up where secrets would cross a network in clear.
func warnPlainHTTP(endpoint string, diags *diag.Diagnostics) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" {
		return
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return
	}
	diags.AddAttributeWarning(path.Root("endpoint"), "endpoint is not encrypted",
		"Client secrets and tokens go to "+host+" in clear. Use https outside of tests.")
}
