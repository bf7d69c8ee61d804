// Package provider is the provider block: its settings, where each comes from,
// and the one list of everything the provider offers.
package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

var (
	_ provider.Provider                       = (*atmProvider)(nil)
	_ provider.ProviderWithActions            = (*atmProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*atmProvider)(nil)
	_ provider.ProviderWithFunctions          = (*atmProvider)(nil)
	_ provider.ProviderWithListResources      = (*atmProvider)(nil)
	_ provider.ProviderWithValidateConfig     = (*atmProvider)(nil)
)

// Option changes how [New] builds the provider; the program uses none.
type Option func(*atmProvider)

// WithClock gives the provider another clock than the machine's. Acceptance
// tests hand in the reference server's, so that both move together.
func WithClock(now func() time.Time) Option {
	return func(p *atmProvider) { p.now = now }
}

// WithEnvironment replaces os.LookupEnv, so that tests run in parallel and
// independent of their caller's variables.
func WithEnvironment(lookup func(name string) (string, bool)) Option {
	return func(p *atmProvider) { p.lookup = lookup }
}

// WithRetryWait shortens the first wait before a repetition, for tests.
func WithRetryWait(wait time.Duration) Option {
	return func(p *atmProvider) { p.retryWait = wait }
}

// New returns the constructor that the plugin server wants. version travels
// in the User-Agent.
func New(version string, options ...Option) func() provider.Provider {
	return func() provider.Provider {
		p := &atmProvider{version: version, now: time.Now, lookup: lookupEnvironment}
		for _, option := range options {
			option(p)
		}
		return p
	}
}

type atmProvider struct {
	version   string
	now       func() time.Time
	lookup    func(string) (string, bool)
	retryWait time.Duration
}

// Metadata implements provider.Provider.
func (p *atmProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "atm", p.version
}

// Schema implements provider.Provider.
func (p *atmProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	attributes := make(map[string]schema.Attribute, len(settings))
	for _, s := range settings {
		attributes[s.name] = s.attribute()
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages applications, users and tokens of ATM, the access-token manager.",
		Attributes:          attributes,
	}
}

// ValidateConfig implements provider.ProviderWithValidateConfig: `terraform
// validate` already reports what the block shows without the environment.
func (p *atmProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	block := readBlock(ctx, req.Config, &resp.Diagnostics)
	block.conflicts(&resp.Diagnostics)
	block.check(&resp.Diagnostics)
}

// Configure implements provider.Provider. It makes no request.
func (p *atmProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	block := readBlock(ctx, req.Config, &resp.Diagnostics)
	if block.conflicts(&resp.Diagnostics); resp.Diagnostics.HasError() {
		return
	}
	resolved := block.resolve(p.lookup, &resp.Diagnostics)
	connection := &framework.Connection{Unknown: resolved.unknown, SignsIn: resolved.signsIn(), Now: p.now}
	config := resolved.config(&resp.Diagnostics)
	connection.Assertions = p.assertions(config, resolved)
	config.Assertion = resolved.assertion(ctx, connection.Assertions, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	connection.ClientID = config.ClientID
	config.UserAgent = fmt.Sprintf("terraform-provider-atm/%s Terraform/%s", p.version, req.TerraformVersion)
	config.Now, config.RetryWait = p.now, p.retryWait
	if len(resolved.unknown) == 0 {
		client, err := atm.New(config)
		if err != nil {
			refuse(err, resolved, &resp.Diagnostics)
			return
		}
		connection.API = client
		warnPlainHTTP(config.Endpoint, &resp.Diagnostics)
	}
	resp.ResourceData, resp.DataSourceData = connection, connection
	resp.EphemeralResourceData, resp.ListResourceData, resp.ActionData = connection, connection, connection
}

// refuse reports the client's error on the setting that it is about.
func refuse(err error, from *resolved, diags *diag.Diagnostics) {
	var bad *atm.ConfigError
	if !errors.As(err, &bad) {
		diags.AddError("Invalid provider settings", err.Error())
		return
	}
	from.wrong(from.given(bad.Field), bad.Err, diags)
}
