package token

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// asked is what the forms of atm_token have in common that issue a token at
// each walk: the data source and the ephemeral resource.
type asked struct {
	authentication
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

// changedSecretHint is for a token that Terraform requests at plan with a secret
// that the application gets at apply.
const changedSecretHint = "\n\nIf the same configuration gives the application this secret in client_secret_wo and changes its version, the application has it only after the apply, and the token was requested before." +
	" Make the token wait for it: client_id = atm_application.NAME.secret_version > 0 ? atm_application.NAME.client_id : null. With depends_on an ephemeral resource does not wait."

func (m *asked) request(s assertion.Settings) request {
	return request{
		grant:           grantOr(m.GrantType),
		clientID:        m.ClientID.ValueString(),
		secret:          m.ClientSecret.ValueString(),
		secretAttribute: "client_secret",
		hint:            changedSecretHint,
		loginID:         m.LoginID.ValueString(),
		audience:        m.Audience.ValueStringPointer(),
	}.by(m.proof(), s)
}

// forgetProof removes what a data source's state must not contain: nothing reads it there.
func (m *asked) forgetProof() {
	m.Assertion, m.KeyPEM = types.StringNull(), types.StringNull()
}

func (m *asked) fill(token *issued) {
	m.AccessToken = types.StringValue(token.tokens.AccessToken)
	m.IssuedAt = types.StringValue(stamp(token.claims.IssuedAt))
	m.ExpiresAt = types.StringValue(stamp(token.claims.ExpiresAt))
	m.Claims = token.claims.object()
}
