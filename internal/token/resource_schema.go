package token

import (
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// defaultRenewBefore is what two clocks may be apart, and less than the shortest
// lifespan.
const defaultRenewBefore = 30

var docResource = framework.Page("Keeps one access token until shortly before it expires and then renews it, for arguments that must not change at every plan.",
	framework.RoleNone,
	"`access_token`, the refresh token that renews it, and `client_secret`, all readable by everyone who can read the state. `client_secret_wo`, `client_assertion` and `client_private_key_pem` are not in it.",
	"~> If the token is needed only while Terraform runs, use the ephemeral resource `atm_token` (Terraform 1.10, OpenTofu 1.11), which is in neither state nor plan.",
	"The provider requests the token once, verifies it, and keeps it until `renew_before` seconds before its end: until then every plan is empty."+
		" Then the plan shows it as known after apply, and the apply renews it in place by the refresh grant, or by a new sign-in if ATM refuses that."+
		" So its users have a valid token only if applies run more often than tokens expire.",
	"A destroy revokes the token, if ATM is available. A gateway that verifies offline, that is without a request to ATM, still accepts it until `expires_at`. A renewal does not revoke the previous token, which stays valid until it expires."+
		" The provider does not detect that a token was revoked outside Terraform; `terraform apply -replace` gets a new one.",
	"The resource cannot be imported: ATM does not store the tokens that it issues.")

var resourceSchema = sync.OnceValue(func() schema.Schema {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	return withResourceAuthentication(schema.Schema{
		MarkdownDescription: docResource,
		Attributes: map[string]schema.Attribute{
			"id": framework.ComposedID("The id of the resource: CLIENT_ID/LOGIN_ID, or the client id for `client_credentials`. A renewal does not change it."),
			"client_id": schema.StringAttribute{
				Required: true, MarkdownDescription: docClientID + " Another value replaces the token.", Validators: notEmpty, PlanModifiers: replace,
			},
			"client_secret": schema.StringAttribute{
				Optional: true, Sensitive: true, Validators: notEmpty,
				MarkdownDescription: docSecret + " It is stored in the state. Another value gets a new token by a sign-in. Exactly one of `client_secret`, `client_secret_wo` and an assertion is needed.",
			},
			"client_secret_wo": schema.StringAttribute{
				Optional: true, Sensitive: true, WriteOnly: true, Validators: notEmpty,
				MarkdownDescription: docSecret + " Write-only (Terraform and OpenTofu 1.11): it is in neither state nor plan, and may come from an ephemeral value." +
					" Terraform has it when it creates and renews, but not when it destroys: then the token is not revoked, and a warning says so.",
			},
			"client_secret_wo_version": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "The version of `client_secret_wo`, a counter (0 or more). Default: none. Change it with the secret, because Terraform cannot detect a change of the secret. Another number gets a new token by a sign-in with the new secret.",
				Validators:          []validator.Int64{int64validator.AtLeast(0), int64validator.AlsoRequires(path.MatchRoot("client_secret_wo"))},
			},
			"login_id": schema.StringAttribute{
				Optional: true, MarkdownDescription: docLoginID + " Another value replaces the token.", Validators: notEmpty, PlanModifiers: replace,
			},
			"grant_type": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(atm.GrantUserCredentials),
				MarkdownDescription: docGrant + " A token of `client_credentials` is renewed by a new sign-in: it has no refresh token. Another value replaces the token.",
				PlanModifiers:       replace,
			},
			"audience": schema.StringAttribute{Optional: true, MarkdownDescription: docAudience, Validators: notEmpty},
			"renew_before": schema.Int64Attribute{
				Optional: true, Computed: true, Default: int64default.StaticInt64(defaultRenewBefore),
				MarkdownDescription: "The number of seconds before its expiry from which the next apply renews the token (0–86,399). Default: 30. It must be less than the application's `access_token_lifespan`. If the token must never expire, make it more than the time between two applies.",
				Validators:          []validator.Int64{int64validator.Between(0, 86399)},
			},
			"access_token": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: docToken},
			"issued_at":    schema.StringAttribute{Computed: true, MarkdownDescription: docIssuedAt},
			"expires_at":   schema.StringAttribute{Computed: true, MarkdownDescription: docExpires},
			"claims":       claimsAttribute(),
		},
	})
})

// withResourceAuthentication adds the arguments of [authentication]. None of them
// changes a token that there is.
func withResourceAuthentication(s schema.Schema) schema.Schema {
	for name, doc := range authenticationDocs {
		attribute := schema.StringAttribute{Optional: true, MarkdownDescription: doc, Validators: notEmpty}
		switch name {
		case "client_authentication":
			attribute.Validators = methods
		case "client_assertion", "client_private_key_pem":
			attribute.Sensitive, attribute.WriteOnly = true, true
			attribute.MarkdownDescription += " Write-only (Terraform and OpenTofu 1.11): it is in neither state nor plan, and may come from an ephemeral value." +
				" Terraform does not have it when it destroys: then the token is not revoked, and a warning says so."
		}
		s.Attributes[name] = attribute
	}
	return s
}

func claimsAttribute() schema.Attribute {
	text := func(doc string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
	}
	return schema.SingleNestedAttribute{
		Computed: true, MarkdownDescription: docClaims,
		Attributes: map[string]schema.Attribute{
			"iss": text(docIssuer),
			"aud": text(docAud),
			"scope": schema.SingleNestedAttribute{
				Computed: true, MarkdownDescription: docScope,
				Attributes: map[string]schema.Attribute{
					"id": text(docUserID), "email": text(docEmail), "first_name": text(docFirst), "last_name": text(docLast),
				},
			},
		},
	}
}
