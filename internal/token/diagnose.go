package token

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// diagnose puts an error of [issue] on the argument at fault, with the next
// step. It contains no secret, even if the error does.
func diagnose(err error, want request, diags *diag.Diagnostics) {
	var found diag.Diagnostics
	var (
		oauth    *atm.OAuthError
		refusal  *Refusal
		keys     *KeysError
		tooShort *tooShortError
		lifespan *lifespanError
		missing  missingSecretError
		source   *assertion.Error
		none     *assertion.NotFoundError
	)
	switch {
	case errors.As(err, &missing):
		found.AddAttributeError(path.Root(want.secretAttribute), "Missing "+want.secretAttribute, missing.Error())
	case errors.As(err, &none):
		found.AddAttributeError(path.Root(want.secretAttribute), "No source of an assertion",
			"The application is to authenticate with the identity of the pipeline in which Terraform runs. "+none.Error())
	case errors.As(err, &source):
		found.AddAttributeError(path.Root(want.secretAttribute), "No assertion", source.Error())
	case errors.As(err, &oauth):
		diagnoseOAuth(oauth, want, &found)
	case errors.As(err, &refusal) && refusal.Check == CheckAudience:
		found.AddAttributeError(path.Root("audience"), "The token is for another audience",
			fmt.Sprintf("ATM issued a token, but %v. The token was not used. Set audience to the value that you expect, or remove it to accept any aud.", refusal))
	case errors.As(err, &refusal):
		found.AddError("Invalid token",
			fmt.Sprintf("ATM issued a token, but %v. The token was not used. Check that endpoint is the right ATM and that no other server responds in its place. Then compare ATM's clock with this machine's, and its published keys with its signing key.", refusal))
	case errors.As(err, &keys):
		found.AddError("Cannot fetch the signing keys (JWKS)",
			fmt.Sprintf("ATM issued a token, but the provider cannot verify it without the published keys, so it was not used: %v", keys))
	case errors.As(err, &tooShort):
		found.AddAttributeError(path.Root("minimum_lifetime"), "The token is too short-lived", tooShort.Error())
	case errors.As(err, &lifespan):
		found.AddAttributeError(path.Root("renew_before"), "renew_before is not below the token's lifespan", lifespan.Error())
	case noTokenEndpoint(err):
		found.AddError("Not an ATM server: no token endpoint",
			"There is no /auth/token below endpoint. Check endpoint in the provider block: it is the base URL of ATM, without /api/v1 or /auth.\n\n"+err.Error())
	default:
		framework.Explain(err, "atm_token", func(string) bool { return false }, &found)
	}
	diags.Append(mask(found, want.secret)...)
}

// noTokenEndpoint reports whether what endpoint names does not issue tokens:
// another service, or another path of ATM.
func noTokenEndpoint(err error) bool {
	var other *atm.UnexpectedResponseError
	if errors.As(err, &other) {
		return other.Status == http.StatusNotFound || other.Status == http.StatusMethodNotAllowed
	}
	return atm.IsProblem(err, atm.ProblemUnknownPath)
}

func diagnoseOAuth(refusal *atm.OAuthError, want request, diags *diag.Diagnostics) {
	add := func(attribute, summary, remedy string, args ...any) {
		diags.AddAttributeError(path.Root(attribute), summary, fmt.Sprintf(remedy, args...)+"\n\nATM returned: "+refusal.Error())
	}
	if refusal.Code == "invalid_client" && want.assertion != nil {
		add(want.secretAttribute, "ATM does not accept the assertion",
			"No application has the client_id %q, or it does not accept the assertion of %s. Compare %s of the application with the assertion (%s).",
			want.clientID, want.assertion.Name, want.assertion.Trusted, want.assertion.Last())
		return
	}
	switch refusal.Code {
	case "invalid_client":
		add(want.secretAttribute, "Invalid client id or client secret",
			"No application has the client_id %q, or the client secret is wrong or was rotated. Use the client_id and the secret of the same atm_application.%s", want.clientID, want.hint)
	case "invalid_grant":
		add("login_id", "ATM issues no token for this user",
			"%q is not a user of this ATM, or is disabled, or is not assigned to the application of client_id %q and enabled there. ATM does not report which. Assign the user with atm_application_user, and add that to depends_on.",
			want.loginID, want.clientID)
	case "unauthorized_client":
		add("grant_type", "The application does not allow this grant",
			"The application of client_id %q has another authenticator type than %s. Set grant_type to the application's authenticator_type; an application of the authorization flows gets tokens only for people who sign in.",
			want.clientID, want.grant)
	case "unsupported_grant_type":
		add("grant_type", "ATM does not support the grant", "The ATM of endpoint does not support the grant %s. Check endpoint in the provider block.", want.grant)
	default:
		diags.AddError("ATM refused to issue a token", refusal.Error())
	}
}

// mask removes the secrets from what others wrote into the diagnostics.
func mask(found diag.Diagnostics, secrets ...string) diag.Diagnostics {
	masked := make(diag.Diagnostics, len(found))
	for i, d := range found {
		detail := d.Detail()
		for _, secret := range secrets {
			if secret != "" {
				detail = strings.ReplaceAll(detail, secret, "(sensitive)")
			}
		}
		masked[i] = diag.NewErrorDiagnostic(d.Summary(), detail)
		if d.Severity() == diag.SeverityWarning {
			masked[i] = diag.NewWarningDiagnostic(d.Summary(), detail)
		}
		if at, ok := d.(diag.DiagnosticWithPath); ok {
			masked[i] = diag.WithPath(at.Path(), masked[i])
		}
	}
	return masked
}
