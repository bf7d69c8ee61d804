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

// config converts the settings to the client's. It reports each missing and each
// wrong setting individually.
func (r *resolved) config(diags *diag.Diagnostics) atm.Config {
	r.requireComplete(diags)
	config := atm.Config{
		Endpoint:      r.values["endpoint"],
		AccessToken:   r.secret("access_token", atm.CheckAccessToken, diags),
		ClientID:      r.values["client_id"],
		ClientSecret:  r.secret("client_secret", func(string) error { return nil }, diags),
		LoginID:       r.values["login_id"],
		CACertPEM:     r.pem("ca_cert", diags),
		ClientCertPEM: r.pem("client_cert", diags),
		ClientKeyPEM:  r.pem("client_key", diags),
		ProxyURL:      r.values["proxy_url"],
		Headers:       r.headers,
		Sources:       r.sources(),
	}
	config.RequestTimeout = time.Duration(r.number("request_timeout", 0, diags)) * time.Second
	config.MaxRetries = r.number("max_retries", atm.DefaultMaxRetries, diags)
	config.MaxConcurrency = r.number("max_concurrency", 0, diags)
	config.MaxRequestsPerSecond = r.rate("max_requests_per_second", diags)
	return config
}

// requireComplete reports each missing setting: the endpoint, and the rest of a
// sign-in of which some setting is there. Without any credential, only the
// operations that need one fail; issuing tokens for others needs none.
func (r *resolved) requireComplete(diags *diag.Diagnostics) {
	if !r.has("endpoint") {
		missing("endpoint", "It is the base URL of ATM.", diags)
	}
	if !r.hasAny(names(bySignIn)...) {
		return
	}
	if !r.has("client_id") {
		missing("client_id", "A sign-in needs client_id, login_id and client_secret or another way to authenticate.", diags)
	}
	if !r.has("login_id") {
		missing("login_id", "A sign-in needs client_id, login_id, the email address of the user that the provider signs in as, and client_secret or another way to authenticate.", diags)
	}
}

// names lists the settings of the method.
func names(m method) []string {
	var names []string
	for _, s := range settings {
		if s.method == m {
			names = append(names, s.name)
		}
	}
	return names
}

func missing(name, why string, diags *diag.Diagnostics) {
	s := find(name)
	diags.AddAttributeError(path.Root(name), "Missing provider setting "+name,
		fmt.Sprintf("Set %s in the provider block, or the environment variable %s. %s", name, s.env(), why))
}

func find(name string) setting {
	for _, s := range settings {
		if s.name == name {
			return s
		}
	}
	return setting{name: name}
}

// secret reads a secret's file once, so that a wrong path is an error before
// anything happens; the client reads it again when it needs it.
func (r *resolved) secret(name string, check func(string) error, diags *diag.Diagnostics) atm.Secret {
	if value, ok := r.values[name]; ok {
		return atm.SecretValue(value)
	}
	file, ok := r.values[name+"_file"]
	if !ok {
		return atm.Secret{}
	}
	secret := atm.SecretFile(file)
	value, err := secret.Read()
	if err == nil {
		if err = check(value); err != nil {
			err = fmt.Errorf("the file %s %w", file, err)
		}
	}
	if err != nil {
		r.wrong(name+"_file", errFile(err), diags)
	}
	return secret
}

func (r *resolved) pem(name string, diags *diag.Diagnostics) []byte {
	if value, ok := r.values[name+"_pem"]; ok {
		return []byte(value)
	}
	file, ok := r.values[name+"_file"]
	if !ok {
		return nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		r.wrong(name+"_file", errFile(err), diags)
	}
	return content
}

func (r *resolved) number(name string, unset int, diags *diag.Diagnostics) int {
	text, ok := r.values[name]
	if !ok {
		return unset
	}
	s := find(name)
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < s.least || value > s.most {
		r.wrong(name, fmt.Errorf("must be a whole number from %d to %d", s.least, s.most), diags)
	}
	return int(value)
}

func (r *resolved) rate(name string, diags *diag.Diagnostics) float64 {
	text, ok := r.values[name]
	if !ok {
		return 0
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !(value >= leastRate && value <= mostRate) {
		r.wrong(name, fmt.Errorf("must be a number from %g to %d", leastRate, int(mostRate)), diags)
	}
	return value
}

// warnPlainHTTP warns where secrets would cross a network unencrypted.
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
		"The provider sends client secrets and tokens to "+host+" unencrypted. Use https outside of tests.")
}
