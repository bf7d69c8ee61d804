package token

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*ephemeralToken)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*ephemeralToken)(nil)
	_ ephemeral.EphemeralResourceWithClose          = (*ephemeralToken)(nil)
)

// NewEphemeralResource is the ephemeral resource atm_token. It has no Renew:
// Terraform through 1.16 throws away what a Renew reports, so a token that
// could not be renewed would go unnoticed.
func NewEphemeralResource() ephemeral.EphemeralResource { return &ephemeralToken{} }

type ephemeralToken struct{ framework.Ephemeral }

type ephemeralModel struct {
	asked
	RevokeOnClose types.Bool `tfsdk:"revoke_on_close"`
}

// keyRevoke is where Open leaves a [revocation] for Close, which Terraform gives
// no configuration. It is only in Terraform's memory.
const keyRevoke = "revoke"

// Metadata implements ephemeral.EphemeralResource.
func (e *ephemeralToken) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_token"
}

// Schema implements ephemeral.EphemeralResource.
func (e *ephemeralToken) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephemeralSchema()
}

var ephemeralSchema = sync.OnceValue(func() schema.Schema {
	text := func(doc string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
	}
	return withEphemeralAuthentication(schema.Schema{
		MarkdownDescription: framework.Page("Gets an access token for use while Terraform runs: in provider blocks, write-only arguments and provisioners.", framework.RoleNone,
			"nothing, and the token is not in a plan file either.",
			"Needs Terraform 1.10 or OpenTofu 1.11. Terraform requests one token at plan and another at apply. The provider verifies each, and **revokes** it when Terraform no longer needs it."+
				" After a failed or interrupted run Terraform does not revoke the token, and a gateway that verifies offline does not detect a revocation: so set a short `access_token_lifespan`."+
				" If a write-only argument stores the token outside Terraform, set `revoke_on_close` to `false`; otherwise the stored token is already revoked.",
			"The provider does not renew the token. With `minimum_lifetime`, a token that expires too soon for the run is an error."+
				" An alias of this provider can sign in with it, as `access_token`.",
			"Terraform requests the token at plan if all arguments are known. If the same configuration changes `client_secret_wo` of the application, ATM has the new secret only after the apply, and the plan fails."+
				" Make the token wait for it: `client_id = atm_application.a.secret_version > 0 ? atm_application.a.client_id : null`. `depends_on` does not help: Terraform opens the ephemeral resource at plan all the same."),
		Attributes: map[string]schema.Attribute{
			"client_id":        schema.StringAttribute{Required: true, MarkdownDescription: docClientID, Validators: notEmpty},
			"client_secret":    schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: docSecret + docRequired + " May come from an ephemeral value.", Validators: notEmpty},
			"login_id":         schema.StringAttribute{Optional: true, MarkdownDescription: docLoginID, Validators: notEmpty},
			"grant_type":       schema.StringAttribute{Optional: true, MarkdownDescription: docGrant},
			"audience":         schema.StringAttribute{Optional: true, MarkdownDescription: docAudience, Validators: notEmpty},
			"minimum_lifetime": schema.Int64Attribute{Optional: true, MarkdownDescription: docMinimum, Validators: lifetime},
			"revoke_on_close": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether the provider revokes the token when Terraform no longer needs it. Default: `true`. An ATM without `/auth/revoke` is not an error.",
			},
			"access_token": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: docToken},
			"issued_at":    text(docIssuedAt),
			"expires_at":   text(docExpires),
			"claims": schema.SingleNestedAttribute{
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
			},
		},
	})
})

// withEphemeralAuthentication adds the arguments of [authentication].
func withEphemeralAuthentication(s schema.Schema) schema.Schema {
	for name, doc := range authenticationDocs {
		attribute := schema.StringAttribute{Optional: true, MarkdownDescription: doc, Validators: notEmpty}
		switch name {
		case "client_authentication":
			attribute.Validators = methods
		case "client_assertion", "client_private_key_pem":
			attribute.Sensitive = true
			attribute.MarkdownDescription += " May come from an ephemeral value; an input variable for it needs `ephemeral = true`, because a saved plan contains input variables."
		}
		s.Attributes[name] = attribute
	}
	return s
}

// ValidateConfig implements ephemeral.EphemeralResourceWithValidateConfig.
func (e *ephemeralToken) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	var grant, login types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("grant_type"), &grant)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("login_id"), &login)...)
	validateGrant(grant, login, &resp.Diagnostics)
	validateAuthentication(ctx, req.Config, &resp.Diagnostics, "client_secret")
}

// Open implements ephemeral.EphemeralResource.
func (e *ephemeralToken) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model ephemeralModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &model)...); resp.Diagnostics.HasError() {
		return
	}
	client, ok := e.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := bound(ctx)
	defer cancel()
	want := model.request(e.Assertions())
	token, err := issueFor(ctx, client, want, model.MinimumLifetime, e.Now)
	if err != nil {
		diagnose(err, want, &resp.Diagnostics)
		return
	}
	model.fill(token)
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
	if model.RevokeOnClose.IsNull() || model.RevokeOnClose.ValueBool() {
		resp.Diagnostics.Append(framework.SetPrivate(ctx, resp.Private, keyRevoke,
			revocation{want.clientID, want.secret, want.proof, handle(token.tokens), model.ExpiresAt.ValueString(), token.claims.Audience})...)
	}
}

// Close implements ephemeral.EphemeralResourceWithClose.
func (e *ephemeralToken) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	var revoke revocation
	found, diags := framework.Private(ctx, req.Private, keyRevoke, &revoke)
	if resp.Diagnostics.Append(diags...); !found || diags.HasError() {
		return
	}
	client, ok := e.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := bound(ctx)
	defer cancel()
	if err := revokeToken(ctx, client, revoke, e.Assertions()); err != nil {
		var failed diag.Diagnostics
		notRevoked(&failed, revoke.Expires, err.Error())
		resp.Diagnostics.Append(mask(failed, revoke.Secret, revoke.Token)...)
	}
}
