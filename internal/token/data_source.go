package token

import (
	"context"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

var (
	_ datasource.DataSourceWithConfigure      = (*dataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*dataSource)(nil)
)

// NewDataSource is the data source atm_token.
func NewDataSource() datasource.DataSource { return &dataSource{} }

type dataSource struct{ framework.DataSource }

// Metadata implements datasource.DataSource.
func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_token"
}

// Schema implements datasource.DataSource.
func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = dataSchema()
}

var dataSchema = sync.OnceValue(func() schema.Schema {
	text := func(doc string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
	}
	return withAuthentication(schema.Schema{
		MarkdownDescription: framework.Page("Gets a new access token from ATM at every plan, for its verified claims.", framework.RoleNone,
			"`access_token` and `client_secret`, which are in the plan file too. `client_assertion` and `client_private_key_pem` are not in the state.",
			"~> ATM issues the token **at plan time**. It changes at every plan, and may have expired when a saved plan is applied. Only `claims` stays the same.",
			"If the token is needed only while Terraform runs, use the ephemeral resource `atm_token` (Terraform 1.10, OpenTofu 1.11), which is in neither plan nor state."+
				" For an argument that must not change at every plan, use the resource `atm_token`."+
				" This data source is for its verified `claims`, and for older versions of Terraform."),
		Attributes: map[string]schema.Attribute{
			"client_id":     schema.StringAttribute{Required: true, MarkdownDescription: docClientID, Validators: notEmpty},
			"client_secret": schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: docSecret + docRequired, Validators: notEmpty},
			"login_id":      schema.StringAttribute{Optional: true, MarkdownDescription: docLoginID, Validators: notEmpty},
			"grant_type": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: docGrant + " Not `refresh_token`: Terraform reads a data source at every plan, and a refresh token can be used only once.",
			},
			"audience":         schema.StringAttribute{Optional: true, MarkdownDescription: docAudience, Validators: notEmpty},
			"minimum_lifetime": schema.Int64Attribute{Optional: true, MarkdownDescription: docMinimum, Validators: lifetime},
			"access_token":     schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: docToken},
			"issued_at":        text(docIssuedAt),
			"expires_at":       text(docExpires),
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

// withAuthentication adds the arguments of [authentication].
func withAuthentication(s schema.Schema) schema.Schema {
	for name, doc := range authenticationDocs {
		attribute := schema.StringAttribute{Optional: true, MarkdownDescription: doc, Validators: notEmpty}
		switch name {
		case "client_authentication":
			attribute.Validators = methods
		case "client_assertion", "client_private_key_pem":
			attribute.Sensitive = true
			attribute.MarkdownDescription += " Not in the state. If Terraform reads the data source only at apply, the value is in the plan; the value of an input variable always is: `" + strings.TrimSuffix(name, "_pem") + "_file` avoids both."
		}
		s.Attributes[name] = attribute
	}
	return s
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig.
func (d *dataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var grant, login types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("grant_type"), &grant)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("login_id"), &login)...)
	validateGrant(grant, login, &resp.Diagnostics)
	validateAuthentication(ctx, req.Config, &resp.Diagnostics, "client_secret")
}

// Read implements datasource.DataSource.
func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model asked
	if resp.Diagnostics.Append(req.Config.Get(ctx, &model)...); resp.Diagnostics.HasError() {
		return
	}
	client, ok := d.ClientToRead(ctx, req, resp)
	if !ok {
		return
	}
	ctx, cancel := bound(ctx)
	defer cancel()
	want := model.request(d.Assertions())
	token, err := issueFor(ctx, client, want, model.MinimumLifetime, d.Now)
	if err != nil {
		diagnose(err, want, &resp.Diagnostics)
		return
	}
	model.fill(token)
	model.forgetProof()
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
