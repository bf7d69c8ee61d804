package token

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/noun"
)

// diagnose puts an error of [issue] on the argument at fault, with the next
// step. No secret stands in it, whatever the error says.
func diagnose(err error, want request, diags *diag.Diagnostics) {
	var found diag.Diagnostics
	var (
		oauth    *atm.OAuthError
		refusal  *Refusal
		keys     *KeysError
		tooShort *tooShortError
		lifespan *lifespanError
		missing  missingSecretError
	)
	switch {
	case errors.As(err, &missing):
		found.AddAttributeError(path.Root(want.secretAttribute), "Missing "+want.secretAttribute, missing.Error())
	case errors.As(err, &oauth):
		diagnoseOAuth(oauth, want, &found)
	case errors.As(err, &refusal) && refusal.Check == CheckAudience:
		found.AddAttributeError(path.Root("audience"), "The token is for another audience",
			fmt.Sprintf("ATM issued a token, but %v. Set audience to the value that you expect, or leave it out to have aud reported without a comparison. The token was not used.", refusal))
	case errors.As(err, &refusal):
		found.AddError("The token does not hold",
			fmt.Sprintf("ATM issued a token, but %v. It was not used. If endpoint leads to the right ATM through no other server, compare its clock with this machine's, and the published keys with those that it signs with.", refusal))
	case errors.As(err, &keys):
		found.AddError("The signing keys cannot be had",
			fmt.Sprintf("ATM issued a token, but without the published keys it cannot be verified, so it was not used: %v", keys))
	case errors.As(err, &tooShort):
		found.AddAttributeError(path.Root("minimum_lifetime"), "The token is too short-lived", tooShort.Error())
	case errors.As(err, &lifespan):
		found.AddAttributeError(path.Root("renew_before"), "renew_before leaves the token no time", lifespan.Error())
	case noTokenEndpoint(err):
		found.AddError("Not an ATM server: no token endpoint",
			"There is no /auth/token below endpoint. Check endpoint in the provider block: it is the base URL of ATM, without /api/v1 or /auth.\n\n"+err.Error())
	default:
		noun.Explain(err, "atm_token", func(string) bool { return false }, &found)
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
		diags.AddAttributeError(path.Root(attribute), summary, fmt.Sprintf(remedy, args...)+"\n\nATM answered: "+refusal.Error())
	}
	switch refusal.Code {
	case "invalid_client":
		add(want.secretAttribute, "ATM does not take the client id and secret",
			"There is no application with client_id %q, or the secret is not its own: it was mistyped, or rotated since. Take both from the same atm_application.%s", want.clientID, want.hint)
	case "invalid_grant":
		add("login_id", "ATM issues no token for this user",
			"%q is no user of this ATM, or is disabled, or is not assigned to the application of client_id %q and enabled there: see atm_application_user, and depends_on it. ATM does not tell which.",
			want.loginID, want.clientID)
	case "unauthorized_client":
		add("grant_type", "The application does not allow this grant",
			"The application of client_id %q is of another authenticator type than %s. Set grant_type to the application's authenticator_type; an application of the authorization flows issues tokens to signed-in people alone.",
			want.clientID, want.grant)
	case "unsupported_grant_type":
		add("grant_type", "This ATM does not know the grant", "endpoint leads to an ATM without the grant %s.", want.grant)
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
