package application

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
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
	// What is unknown, as a module's variables are to terraform validate, may turn out null.
	given := !secret.IsNull() && !secret.IsUnknown()
	if given && !triggers.IsNull() && !triggers.IsUnknown() {
		diags.AddAttributeError(path.Root("secret_rotation").AtName("triggers"), "triggers and client_secret_wo exclude each other",
			"If triggers change, ATM generates a new secret. client_secret_wo is a secret of your own, which the provider sets again when client_secret_wo_version changes. Keep one of the two.")
	}
}
