package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// assertions are the settings that all sources of assertions share.
func (p *atmProvider) assertions(config atm.Config, from *resolved) assertion.Settings {
	s := assertion.Settings{
		Audience: strings.TrimRight(config.Endpoint, "/"), Lookup: p.lookup,
		Timeout: config.RequestTimeout, RetryWait: p.retryWait, Now: p.now,
	}
	if audience, ok := from.values["client_assertion_audience"]; ok {
		s.Audience = audience
	}
	if transport, err := config.OtherTransport(); err == nil { // [atm.New] reports the error
		s.Transport = transport
	}
	return s
}

// assertion is the source with which the provider authenticates its application,
// nil if it has a secret or does not sign in: that of the block or of the ATM_
// variables, else the first that the environment completes.
func (r *resolved) assertion(ctx context.Context, s assertion.Settings, diags *diag.Diagnostics) *assertion.Source {
	if r.has("client_private_key_id") && !r.hasAny("client_private_key_pem", "client_private_key_file") {
		missing("client_private_key_pem", "client_private_key_id is the id of a private key, which is needed too, or client_private_key_file.", diags)
	}
	for _, setting := range settings {
		if setting.group == authentication && r.has(setting.name) {
			return r.configured(ctx, setting.name, s, diags)
		}
	}
	if !r.hasAny(names(bySignIn)...) {
		return nil
	}
	source, err := s.Find()
	if err != nil {
		missing("client_secret", "Or authenticate in another way: with client_assertion or client_private_key_pem, their _file settings or variables, or in a pipeline with its own identity. "+err.Error(), diags)
		return nil
	}
	if err := source.Check(ctx); err != nil {
		diags.AddError("Invalid assertion in the environment", sentence(source.Name, err))
	}
	return source
}

// configured is the source of a setting that has a value, and checks what can be
// checked without a request.
func (r *resolved) configured(ctx context.Context, name string, s assertion.Settings, diags *diag.Diagnostics) *assertion.Source {
	value, known := r.values[name]
	if !known {
		return nil
	}
	key := assertion.Key{ClientID: r.values["client_id"], ID: r.values["client_private_key_id"]}
	var source *assertion.Source
	switch name {
	case "client_assertion":
		source = s.Value(r.source(name), value)
	case "client_assertion_file":
		source = s.File(r.source(name), value)
	case "client_private_key_pem":
		key.PEM = value
		source = s.PrivateKey(r.source(name), key)
	case "client_private_key_file":
		key.File = value
		source = s.PrivateKey(r.source(name), key)
	default:
		return nil
	}
	// A token that the block names was meant for this ATM, so its aud is not
	// checked.
	audience := r.values["client_assertion_audience"]
	if r.fromEnv[name] {
		audience = s.Audience
	}
	if err := source.For(audience).Check(ctx); err != nil {
		r.wrong(name, err, diags)
	}
	return source
}
