// Package jwks is the Terraform resource atm_jwks: ATM's public signing keys, and
// the action that rotates them.
//
// It must not know how a token is verified.
package jwks

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/framework"
	"github.com/tci-pf/terraform-provider-atm/internal/jwkset"
)

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

// NewDataSource is the data source atm_jwks.
func NewDataSource() datasource.DataSource { return &dataSource{} }

type dataSource struct{ framework.DataSource }

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
	resp.Schema = dataSchema()
}

var dataSchema = sync.OnceValue(func() schema.Schema {
	text := func(doc string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
	}
	return schema.Schema{
		MarkdownDescription: framework.Page("Reads ATM's public signing keys (JWKS, RFC 7517), for gateways that verify tokens without a request to ATM.", framework.RoleNone, "no secret: the keys are public.",
			"~> ATM rotates its keys. It publishes a new key before it signs with it, and an old key until the last token that it signed has expired."+
				" If a gateway can fetch `/auth/.well-known/jwks.json`, let it do so. For other gateways, apply more often than ATM rotates its keys."),
		Attributes: map[string]schema.Attribute{
			"keys": schema.ListNestedAttribute{
				Computed: true,
				MarkdownDescription: "The keys that can verify an access token, ordered by `kid`: the current one, the next, and those whose tokens are still valid." +
					" Keys of other kinds are only in `json`.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"kid":            text("The key id by which a token's header names the key; ATM's is the key's thumbprint (RFC 7638)."),
					"alg":            text("The algorithm: `RS256`."),
					"use":            text("The use of the key: `sig`, signatures."),
					"n":              text("The modulus, base64url (RFC 7518 §6.3.1.1)."),
					"e":              text("The exponent, base64url (RFC 7518 §6.3.1.2)."),
					"public_key_pem": text("The key as `-----BEGIN PUBLIC KEY-----` (RFC 7468 §13)."),
				}},
			},
			"json": text("The complete JSON Web Key Set (JWKS) as JSON, for gateways that take the document. Keys and members are in a fixed order (RFC 8785), so that the text changes only when a key changes."),
		},
	}
})

// Read implements datasource.DataSource.
func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	client, ok := d.ClientToRead(ctx, req, resp)
	if !ok {
		return
	}
	document, err := client.JWKS(ctx)
	if err != nil {
		framework.Explain(err, "atm_jwks", func(string) bool { return false }, &resp.Diagnostics)
		return
	}
	set, err := jwkset.Parse(document)
	if err != nil {
		resp.Diagnostics.AddError("Cannot fetch the signing keys (JWKS)", "GET /auth/.well-known/jwks.json returned a document, but "+err.Error()+".")
		return
	}
	model := dataModel{JSON: types.StringValue(set.Document)}
	for i := range set.Keys {
		key := &set.Keys[i]
		text, err := key.PEM()
		if err != nil {
			resp.Diagnostics.AddError("Cannot fetch the signing keys (JWKS)", err.Error())
			return
		}
		model.Keys = append(model.Keys, keyModel{
			KID: types.StringValue(key.ID), Alg: types.StringValue(jwkset.Algorithm), Use: types.StringValue(jwkset.Use),
			N: types.StringValue(key.Modulus), E: types.StringValue(key.Exponent), PublicKeyPEM: types.StringValue(text),
		})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
