package application

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// ValidateConfig says at plan time what ATM would say at apply: what a flow needs or
// forbids, and which secret arguments exclude each other.
func (applicationResource) ValidateConfig(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	var flow types.String
	var redirects types.Set
	diags.Append(config.GetAttribute(ctx, path.Root("authenticator_type"), &flow)...)
	diags.Append(config.GetAttribute(ctx, path.Root("redirect_urls"), &redirects)...)
	if !flow.IsNull() && !flow.IsUnknown() && !redirects.IsUnknown() {
		validateRedirects(atm.AuthenticatorType(flow.ValueString()), len(redirects.Elements()), diags)
	}
	validateSecret(ctx, config, diags)
	validateAuthentication(ctx, config, flow, diags)
	var credentials, keys types.Set
	diags.Append(config.GetAttribute(ctx, path.Root(attrCredentials), &credentials)...)
	diags.Append(config.GetAttribute(ctx, path.Root(attrKeys), &keys)...)
	validateCredentials(ctx, flow, credentials, diags)
	validateKeys(ctx, keys, diags)
}

// validateAuthentication finds what an application that authenticates in
// another way than with a client secret cannot have.
func validateAuthentication(ctx context.Context, config tfsdk.Config, flow types.String, diags *diag.Diagnostics) {
	at := path.Root("client_authentication")
	var how types.String
	if diags.Append(config.GetAttribute(ctx, at, &how)...); hasSecret(how) {
		return
	}
	refuse := func(attribute, why string) {
		diags.AddAttributeError(path.Root(attribute), fmt.Sprintf("%s and client_authentication = %s exclude each other", attribute, how),
			fmt.Sprintf("%s Remove %s, or set client_authentication = %q.", why, attribute, validation.ClientAuthenticationSecret))
	}
	for _, attribute := range []string{"client_secret_wo", "client_secret_wo_version", "secret_rotation"} {
		if isSet(ctx, config, attribute, diags) {
			refuse(attribute, "The application has no client secret.")
		}
	}
	if how.ValueString() != validation.ClientAuthenticationNone {
		return
	}
	if pkce := validation.AuthenticatorTypeAuthorizationCodePKCE; !flow.IsNull() && !flow.IsUnknown() && flow.ValueString() != pkce {
		diags.AddAttributeError(at, "client_authentication = \"none\" is not allowed for this type",
			fmt.Sprintf("Only an application of the type %s can be a public client; this one is of the type %s. Set client_authentication = %q, or choose the other type.",
				pkce, flow.ValueString(), validation.ClientAuthenticationSecret))
	}
	for _, attribute := range []string{attrCredentials, attrKeys} {
		var set types.Set
		if diags.Append(config.GetAttribute(ctx, path.Root(attribute), &set)...); len(set.Elements()) > 0 {
			refuse(attribute, "The application does not authenticate, so that nothing of it is verified.")
		}
	}
	var introspects types.Bool
	if diags.Append(config.GetAttribute(ctx, path.Root("introspection_access"), &introspects)...); introspects.ValueBool() {
		refuse("introspection_access", "Only an application that authenticates can introspect tokens (RFC 7662 §2.1).")
	}
}

// isSet reports whether the configuration has a value. What is unknown may turn
// out null.
func isSet(ctx context.Context, config tfsdk.Config, attribute string, diags *diag.Diagnostics) bool {
	var value attr.Value
	diags.Append(config.GetAttribute(ctx, path.Root(attribute), &value)...)
	return value != nil && !value.IsNull() && !value.IsUnknown()
}

func validateRedirects(flow atm.AuthenticatorType, redirects int, diags *diag.Diagnostics) {
	switch flow {
	case atm.AuthorizationCode, atm.AuthorizationCodePkce:
		if redirects == 0 {
			diags.AddAttributeError(path.Root("redirect_urls"), "Missing redirect_urls",
				fmt.Sprintf("The sign-in page redirects to a redirect URL of an application of the type %s. Set at least one in redirect_urls.", flow))
		}
	case atm.UserCredentials, atm.ClientCredentials:
		if redirects > 0 {
			diags.AddAttributeError(path.Root("redirect_urls"), "redirect_urls is not allowed for this type",
				fmt.Sprintf("An application of the type %s has no sign-in page, so ATM refuses redirect URLs. Remove redirect_urls, or choose an authorization flow.", flow))
		}
	}
}

func validateSecret(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	secret := framework.ValidateWriteOnly(ctx, config, "client_secret_wo", "a secret of your own", diags)
	var triggers types.Map
	diags.Append(config.GetAttribute(ctx, path.Root("secret_rotation").AtName("triggers"), &triggers)...)
	// An unknown value, such as a module's variable in terraform validate, may turn out null.
	given := !secret.IsNull() && !secret.IsUnknown()
	if given && !triggers.IsNull() && !triggers.IsUnknown() {
		diags.AddAttributeError(path.Root("secret_rotation").AtName("triggers"), "triggers and client_secret_wo exclude each other",
			"If triggers change, ATM generates a new secret. client_secret_wo is a secret of your own, which the provider sets again when client_secret_wo_version changes. Keep one of the two.")
	}
}
