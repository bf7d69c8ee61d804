package application

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/noun"
)

// The four authenticator types (ATM guide: applications).
const (
	userCredentials   = "user_credentials"
	clientCredentials = "client_credentials"
	authorizationCode = "authorization_code"
	authorizationPKCE = "authorization_code_pkce"
)

func authenticatorTypes() validator.String {
	return stringvalidator.OneOf(userCredentials, clientCredentials, authorizationCode, authorizationPKCE)
}

func resourceSchema() schema.Schema {
	attributes := map[string]schema.Attribute{
		"id":         noun.ID("application"),
		"name":       noun.Name("Unique in the project."),
		"suite_id":   noun.Parent("The id of the suite that the application is in. A super admin alone moves it to another.", false),
		"project_id": noun.Parent("The id of the project, in that suite, that the application is in.", false),
		"authenticator_type": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "How the application gets tokens: `user_credentials` (a machine, for a user), `client_credentials` (a machine, for itself)," +
				" `authorization_code` or `authorization_code_pkce` (a person signs in). The console's *Authenticator Type*. ATM cannot change it: another value replaces the application.",
			Validators:    []validator.String{authenticatorTypes()},
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
		},
		"client_id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "The client id (RFC 6749 §2.2): 20 letters and digits.",
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"redirect_urls": textSet("Where the sign-in page may send people back to (RFC 6749 §3.1.2): absolute URLs without a fragment, matched exactly, up to 50."+
			" Required for the two authorization flows and refused for the others.", redirectURL{}),
		"allowed_origins": textSet("Origins such as `https://app.example.com` whose pages may call the token endpoints (CORS), up to 50; `*` allows all.", origin{}),
		"access_token_lifespan": seconds("Seconds that an access token lives, 60 to 86,400; 600 unless given. The console's *Access Token Life Span*.",
			60, 86400, 600),
		"refresh_token_lifespan": seconds("Seconds that a refresh token lives, 300 to 31,536,000 (a year); 86,400 unless given. The console's *Refresh Token Life Span*.",
			300, 31536000, 86400),
		"refresh_token_grace_period": seconds("Seconds in which a refresh token that was used last answers with the same successor again, for clients whose answer was lost; 0 to 60, 0 unless given (RFC 9700 §4.14).",
			0, 60, 0),
		"management_access": flag("Whether tokens of this application may call ATM's management API, as this provider does. A super admin alone sets it. Default `false`."),
		"force_destroy": flag("Whether a destroy first removes the users that are assigned, whoever assigned them. Default `false`: ATM refuses to delete an application that has users." +
			" Has to be applied before the destroy."),
		"deletion_protection": noun.DeletionProtection(),
		"timeouts":            noun.Timeouts(),
	}
	for name, attribute := range secretAttributes() {
		attributes[name] = attribute
	}
	return schema.Schema{
		MarkdownDescription: "An application: it has a client id and a client secret, and gets tokens from `/auth/token` by its authenticator type.",
		Attributes:          attributes,
	}
}

func secretAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"client_secret": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The client secret that ATM generated: 32 letters and digits. It is stored in the state. Null when `client_secret_wo` is used, and after an import." +
				" After a rotation outside Terraform it keeps the last secret that Terraform knows, the one of `secret_version`; see `secret_rotation.on_unknown_secret`.",
		},
		"client_secret_wo": schema.StringAttribute{
			Optional: true, WriteOnly: true, Sensitive: true,
			MarkdownDescription: "A client secret of your own instead of a generated one: 32 to 128 printable ASCII characters, at least 12 of them different. Write-only (Terraform 1.11): it stands in neither state nor plan, and may come from an ephemeral value.",
			Validators:          []validator.String{clientSecret{}},
		},
		"client_secret_wo_version": schema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: "Any number that changes when `client_secret_wo` is to be set again. The first version of an imported application sets nothing. Removing it has ATM generate a secret.",
			Validators:          []validator.Int64{int64validator.AtLeast(0)},
		},
		"secret_version": schema.Int64Attribute{
			Computed: true,
			MarkdownDescription: "The version of the secret that Terraform knows: 1 at creation, one more with each rotation. A rotation outside Terraform does not change it, so that a resource that uses it as a trigger does not push `client_secret` when that is no longer valid." +
				" After an import, the version that ATM has.",
		},
		"secret_rotation": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "When and how the client secret is rotated. Adding it does not rotate the secret, unless `on_unknown_secret` says so.",
			Attributes: map[string]schema.Attribute{
				"triggers": schema.MapAttribute{
					Optional: true, ElementType: types.StringType,
					MarkdownDescription: "Any values; when they change, ATM generates a new secret. The `id` of a `time_rotating` is the usual one. Not beside `client_secret_wo`, which has its version.",
				},
				"previous_secret_expires_in": schema.Int64Attribute{
					Optional:            true,
					MarkdownDescription: "Seconds for which the old secret stays valid, so that consumers move without an interruption; 0 to 2,592,000 (30 days), 0 unless given. Counts for write-only secrets too.",
					Validators:          []validator.Int64{int64validator.Between(0, 2592000)},
				},
				"on_unknown_secret": schema.StringAttribute{
					Optional: true,
					MarkdownDescription: "What an apply does when Terraform does not know the current secret, after an import or after a rotation outside Terraform. `keep` (default): nothing; the last known `client_secret` and `secret_version` stay in the state, and each plan warns." +
						" `rotate`: the next apply rotates the secret once, with the overlap of `previous_secret_expires_in`, or sends `client_secret_wo` once.",
					Validators: []validator.String{stringvalidator.OneOf(keepUnknown, rotateUnknown)},
				},
			},
		},
	}
}

func textSet(doc string, each validator.String) schema.Attribute {
	return schema.SetAttribute{
		Optional: true, Computed: true, ElementType: types.StringType,
		Default:             setdefault.StaticValue(types.SetValueMust(types.StringType, []attr.Value{})),
		MarkdownDescription: doc,
		Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.SizeAtMost(50), setvalidator.ValueStringsAre(each)},
	}
}

func seconds(doc string, least, most, otherwise int64) schema.Attribute {
	return schema.Int64Attribute{
		Optional: true, Computed: true, Default: int64default.StaticInt64(otherwise),
		MarkdownDescription: doc,
		Validators:          []validator.Int64{int64validator.Between(least, most)},
	}
}

func flag(doc string) schema.Attribute {
	return schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false), MarkdownDescription: doc}
}
