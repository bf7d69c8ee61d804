package token

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/noun"
)

var (
	_ datasource.DataSourceWithConfigure      = (*dataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*dataSource)(nil)
)

// NewDataSource is the data source atm_token.
func NewDataSource() datasource.DataSource { return &dataSource{} }

type dataSource struct{ noun.DataSource }

type dataModel struct {
	ClientID        types.String `tfsdk:"client_id"`
	ClientSecret    types.String `tfsdk:"client_secret"`
	LoginID         types.String `tfsdk:"login_id"`
	GrantType       types.String `tfsdk:"grant_type"`
	Audience        types.String `tfsdk:"audience"`
	MinimumLifetime types.Int64  `tfsdk:"minimum_lifetime"`
	AccessToken     types.String `tfsdk:"access_token"`
	IssuedAt        types.String `tfsdk:"issued_at"`
	ExpiresAt       types.String `tfsdk:"expires_at"`
	Claims          types.Object `tfsdk:"claims"`
}

// Metadata implements datasource.DataSource.
func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_token"
}

// Schema implements datasource.DataSource.
func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Issues an access token and verifies it.\n\n" +
			"~> The token is issued **at plan time**, at every plan anew. It stands in the plan file and in the state, and may have expired when a saved plan is applied." +
			" Where the token is used while Terraform runs, take the ephemeral resource `atm_token` (Terraform 1.10), which is in neither plan nor state;" +
			" where an argument must not change at every plan, take the resource `atm_token`. `claims` alone is the same at every plan.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				Required: true, MarkdownDescription: "The client id of the application.",
			},
			"client_secret": schema.StringAttribute{
				Required: true, Sensitive: true, MarkdownDescription: "The client secret of the application.",
			},
			"login_id": schema.StringAttribute{
				Optional: true, MarkdownDescription: "The login id (e-mail) of the user; required for `user_credentials`, refused for `client_credentials`.",
			},
			"grant_type": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "`user_credentials` (default) or `client_credentials`, as the application's `authenticator_type`." +
					" `refresh_token` is none of them: a data source is read at every plan, and a refresh token may be used once.",
				Validators: []validator.String{stringvalidator.OneOf(atm.GrantUserCredentials, atm.GrantClientCredentials)},
			},
			"audience": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "What `aud` has to be. Without it `aud` is reported in `claims` and compared with nothing.",
			},
			"minimum_lifetime": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Seconds that the token has to live from now on at least; one that lives shorter is an error.",
				Validators:          []validator.Int64{int64validator.Between(0, 86400)},
			},
			"access_token": schema.StringAttribute{
				Computed: true, Sensitive: true, MarkdownDescription: "The access token: an RS256 JWT (RFC 7519).",
			},
			"issued_at": schema.StringAttribute{
				Computed: true, MarkdownDescription: "When it was issued (`iat`), in RFC 3339.",
			},
			"expires_at": schema.StringAttribute{
				Computed: true, MarkdownDescription: "When it expires (`exp`), in RFC 3339.",
			},
			"claims": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The verified claims that are equal in two tokens of the same user: signature by ATM's published key, RS256, `iss`, times with 30 seconds of leeway, and `aud` where `audience` is given.",
				Attributes: map[string]schema.Attribute{
					"iss": schema.StringAttribute{Computed: true, MarkdownDescription: "The issuer: the word `atm`."},
					"aud": schema.StringAttribute{Computed: true, MarkdownDescription: "The audience. Compared only when `audience` is given."},
					"scope": schema.SingleNestedAttribute{
						Computed:            true,
						MarkdownDescription: "The user of the token; null for `client_credentials`.",
						Attributes: map[string]schema.Attribute{
							"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "The user's id."},
							"email":      schema.StringAttribute{Computed: true, MarkdownDescription: "The user's e-mail."},
							"first_name": schema.StringAttribute{Computed: true, MarkdownDescription: "The user's first name."},
							"last_name":  schema.StringAttribute{Computed: true, MarkdownDescription: "The user's last name, which may be empty."},
						},
					},
				},
			},
		},
	}
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig.
func (d *dataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var grant, login types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("grant_type"), &grant)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("login_id"), &login)...)
	validateLogin(grant, login, &resp.Diagnostics)
}

func validateLogin(grant, login types.String, diags *diag.Diagnostics) {
	switch {
	case grant.IsUnknown():
	case grant.ValueString() == atm.GrantClientCredentials && !login.IsNull():
		diags.AddAttributeError(path.Root("login_id"), "login_id does not belong here",
			"A token of the grant client_credentials has no user. Remove login_id, or use the grant user_credentials.")
	case grant.ValueString() != atm.GrantClientCredentials && login.IsNull():
		diags.AddAttributeError(path.Root("login_id"), "Missing login_id",
			fmt.Sprintf("The grant %s issues a token of a user. Give the user's e-mail in login_id, or use the grant client_credentials.", atm.GrantUserCredentials))
	}
}

// Read implements datasource.DataSource.
func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model dataModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &model)...); resp.Diagnostics.HasError() {
		return
	}
	client, ok := d.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	want := model.wanted()
	token, err := issue(ctx, client, want, d.Now)
	if err != nil {
		diagnose(err, want, &resp.Diagnostics)
		return
	}
	model.AccessToken = types.StringValue(token.tokens.AccessToken)
	model.IssuedAt = types.StringValue(stamp(token.claims.IssuedAt))
	model.ExpiresAt = types.StringValue(stamp(token.claims.ExpiresAt))
	model.Claims = token.claims.stable()
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func (m *dataModel) wanted() wanted {
	want := wanted{
		grant:    m.GrantType.ValueString(),
		clientID: m.ClientID.ValueString(),
		secret:   m.ClientSecret.ValueString(),
		loginID:  m.LoginID.ValueString(),
		audience: m.Audience.ValueStringPointer(),
		minimum:  time.Duration(m.MinimumLifetime.ValueInt64()) * time.Second,
	}
	if want.grant == "" {
		want.grant = atm.GrantUserCredentials
	}
	return want
}
