// Package jwks is the Terraform noun atm_jwks: ATM's public signing keys.
package jwks

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/keyset"
	"github.com/tci-pf/terraform-provider-atm/internal/noun"
)

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

// NewDataSource is the data source atm_jwks.
func NewDataSource() datasource.DataSource { return &dataSource{} }

type dataSource struct{ noun.DataSource }

type dataModel struct {
	Keys []keyModel   `tfsdk:"keys"`
	JSON types.String `tfsdk:"json"`
}

type keyModel struct {
	KID          types.String `tfsdk:"kid"`
	Alg          types.String `tfsdk:"alg"`
	Use          types.String `tfsdk:"use"`
	N            types.String `tfsdk:"n"`
	E            types.String `tfsdk:"e"`
	PublicKeyPEM types.String `tfsdk:"public_key_pem"`
}

// Metadata implements datasource.DataSource.
func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_jwks"
}

// Schema implements datasource.DataSource.
func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "ATM's public signing keys (RFC 7517), for gateways that check tokens offline. Needs no sign-in." +
			" Keys are rotated: a gateway that can should read `/auth/.well-known/jwks.json` itself, and others be applied again more often than keys are rotated.",
		Attributes: map[string]schema.Attribute{
			"keys": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The RS256 keys, in the document's order: current, next, and those whose tokens still live.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"kid":            schema.StringAttribute{Computed: true, MarkdownDescription: "The key id, which a token's header names: the key's thumbprint (RFC 7638)."},
					"alg":            schema.StringAttribute{Computed: true, MarkdownDescription: "The algorithm: `RS256`."},
					"use":            schema.StringAttribute{Computed: true, MarkdownDescription: "What the key is for: `sig`, signatures."},
					"n":              schema.StringAttribute{Computed: true, MarkdownDescription: "The modulus, base64url (RFC 7518 §6.3.1.1)."},
					"e":              schema.StringAttribute{Computed: true, MarkdownDescription: "The exponent, base64url."},
					"public_key_pem": schema.StringAttribute{Computed: true, MarkdownDescription: "The key as `-----BEGIN PUBLIC KEY-----` (RFC 7468 §13)."},
				}},
			},
			"json": schema.StringAttribute{Computed: true, MarkdownDescription: "The whole document as JSON without white space."},
		},
	}
}

// Read implements datasource.DataSource.
func (d *dataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	client, ok := d.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	document, err := client.JWKS(ctx)
	if err != nil {
		noun.Explain(err, "atm_jwks", func(string) bool { return false }, &resp.Diagnostics)
		return
	}
	set, err := keyset.Parse(document)
	if err != nil {
		resp.Diagnostics.AddError("ATM's signing keys cannot be read", err.Error())
		return
	}
	model := dataModel{JSON: types.StringValue(set.JSON)}
	for _, key := range set.Keys {
		text, err := key.PEM()
		if err != nil {
			resp.Diagnostics.AddError("ATM's signing keys cannot be read", err.Error())
			return
		}
		model.Keys = append(model.Keys, keyModel{
			KID: types.StringValue(key.ID), Alg: types.StringValue(key.Algorithm), Use: types.StringValue(key.Use),
			N: types.StringValue(key.N), E: types.StringValue(key.E), PublicKeyPEM: types.StringValue(text),
		})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
