package token

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// Documentation of the arguments of [authentication], by name.
var authenticationDocs = map[string]string{
	"client_authentication": "How the application authenticates: `secret`, with a client secret, or `assertion`, with `client_assertion`, `client_private_key_pem` or their `_file` arguments or, without them, with the identity of the pipeline in which Terraform runs: see *Sign in without a stored secret* on the page of the provider. " +
		"The application has to trust that identity too. Default: `assertion` if one of these arguments is set, otherwise `secret`.",
	"client_assertion":        "A JWT of an issuer that the federated credentials of the application trust.",
	"client_assertion_file":   "A file that contains such a JWT, of at most 16 KiB, which is read each time; white space around it is ignored.",
	"client_private_key_pem":  "A private key in PEM format (RSA with at least 2,048 bits, P-256 or Ed25519), whose public key is one of the application's.",
	"client_private_key_file": "A file that contains the key of `client_private_key_pem`.",
	"client_private_key_id":   "The key id (`kid`) of the private key. Needed if the application has several public keys of the same type.",
}

var methods = []validator.String{stringvalidator.OneOf("secret", byAssertion)}

// validateAuthentication checks that the application authenticates in exactly one
// way. secrets are the arguments of its client secret.
func validateAuthentication(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics, secrets ...string) {
	value := func(name string) (text types.String) {
		diags.Append(config.GetAttribute(ctx, path.Root(name), &text)...)
		return text
	}
	given := func(names ...string) (known []string, maybe bool) {
		for _, name := range names {
			text := value(name)
			if maybe = maybe || !text.IsNull(); !text.IsNull() && !text.IsUnknown() {
				known = append(known, name)
			}
		}
		return known, maybe
	}
	bySecret, maybeSecret := given(secrets...)
	keys, maybeKey := given("client_private_key_pem", "client_private_key_file")
	tokens, maybeToken := given("client_assertion", "client_assertion_file")
	all := append(append(bySecret, tokens...), keys...)
	method := value("client_authentication")
	byMethod := !method.IsUnknown() && method.ValueString() == byAssertion
	switch {
	case len(all) > 1:
		diags.AddAttributeError(path.Root(all[1]), strings.Join(all, " and ")+" exclude each other",
			"Each authenticates the application"+inState(all)+". Keep one of them.")
	case byMethod && len(bySecret) > 0:
		diags.AddAttributeError(path.Root(bySecret[0]), bySecret[0]+" is not an assertion",
			"client_authentication is \"assertion\", so the application sends no secret. Remove one of the two.")
	case method.ValueString() == "secret" && len(tokens)+len(keys) > 0:
		diags.AddAttributeError(path.Root(all[0]), all[0]+" is not a client secret",
			"client_authentication is \"secret\", so the application sends no assertion. Remove one of the two.")
	case !byMethod && !method.IsUnknown() && !maybeSecret && !maybeKey && !maybeToken:
		diags.AddAttributeError(path.Root(secrets[0]), "Missing client_secret", missingSecret)
	}
	if _, id := given("client_private_key_id"); id && !maybeKey {
		diags.AddAttributeError(path.Root("client_private_key_id"), "Missing private key",
			"client_private_key_id is the id of a private key. Set client_private_key_pem or client_private_key_file too.")
	}
	for file, text := range map[string]string{"client_assertion_file": "client_assertion", "client_private_key_file": "client_private_key_pem"} {
		if err := assertion.CheckPath(value(file).ValueString(), text); err != nil {
			diags.AddAttributeError(path.Root(file), "Invalid "+file, fmt.Sprintf("%s %v.", file, err))
		}
	}
}

// inState tells the two arguments of a client secret apart.
func inState(names []string) string {
	if strings.Join(names, " ") == "client_secret client_secret_wo" {
		return " (client_secret is stored in the state, client_secret_wo is not)"
	}
	return ""
}
