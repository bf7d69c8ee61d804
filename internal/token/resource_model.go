package token

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

type resourceModel struct {
	ID types.String `tfsdk:"id"`
	authentication
	ClientID        types.String `tfsdk:"client_id"`
	ClientSecret    types.String `tfsdk:"client_secret"`
	ClientSecretWO  types.String `tfsdk:"client_secret_wo"`
	SecretWOVersion types.Int64  `tfsdk:"client_secret_wo_version"`
	LoginID         types.String `tfsdk:"login_id"`
	GrantType       types.String `tfsdk:"grant_type"`
	Audience        types.String `tfsdk:"audience"`
	RenewBefore     types.Int64  `tfsdk:"renew_before"`
	AccessToken     types.String `tfsdk:"access_token"`
	IssuedAt        types.String `tfsdk:"issued_at"`
	ExpiresAt       types.String `tfsdk:"expires_at"`
	Claims          types.Object `tfsdk:"claims"`
}

// request is what the plan asks for, with write-only values from the
// configuration, the only place that has them.
func (m *resourceModel) request(ctx context.Context, config tfsdk.Config, s assertion.Settings, diags *diag.Diagnostics) request {
	var own types.String
	by := m.authentication
	diags.Append(config.GetAttribute(ctx, path.Root("client_secret_wo"), &own)...)
	diags.Append(config.GetAttribute(ctx, path.Root("client_assertion"), &by.Assertion)...)
	diags.Append(config.GetAttribute(ctx, path.Root("client_private_key_pem"), &by.KeyPEM)...)
	want := request{
		grant:           grantOr(m.GrantType),
		clientID:        m.ClientID.ValueString(),
		secret:          m.ClientSecret.ValueString(),
		secretAttribute: "client_secret",
		loginID:         m.LoginID.ValueString(),
		audience:        m.Audience.ValueStringPointer(),
	}
	if !own.IsNull() {
		want.secret, want.secretAttribute = own.ValueString(), "client_secret_wo"
	}
	return want.by(by.proof(), s)
}

// fill takes over a token. The id is composed of arguments that replace the
// resource, so that it never changes, also not when the token is renewed.
func (m *resourceModel) fill(token *issued) {
	m.ID = m.ClientID
	if !m.LoginID.IsNull() {
		m.ID = types.StringValue(m.ClientID.ValueString() + "/" + m.LoginID.ValueString())
	}
	m.AccessToken = types.StringValue(token.tokens.AccessToken)
	m.IssuedAt = types.StringValue(stamp(token.claims.IssuedAt))
	m.ExpiresAt = types.StringValue(stamp(token.claims.ExpiresAt))
	m.Claims = token.claims.object()
}

// keep takes the token of the state.
func (m *resourceModel) keep(state *resourceModel) {
	m.AccessToken, m.IssuedAt, m.ExpiresAt, m.Claims = state.AccessToken, state.IssuedAt, state.ExpiresAt, state.Claims
}

// forget leaves the token to the apply.
func (m *resourceModel) forget() {
	m.AccessToken, m.IssuedAt, m.ExpiresAt = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.Claims = types.ObjectUnknown(claimsTypes)
}

// sameSubject reports whether both ask for a token of the same user through
// the same application; if not, it is another object.
func (m *resourceModel) sameSubject(other *resourceModel) bool {
	return m.ClientID.Equal(other.ClientID) && m.LoginID.Equal(other.LoginID) && m.GrantType.Equal(other.GrantType)
}

// sameSecret compares what can be seen of the secret: a write-only one is the
// same until its version changes.
func (m *resourceModel) sameSecret(other *resourceModel) bool {
	return m.ClientSecret.Equal(other.ClientSecret) && m.SecretWOVersion.Equal(other.SecretWOVersion)
}

// expires is when the token ends; false is a state without a readable time.
func (m *resourceModel) expires() (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, m.ExpiresAt.ValueString())
	return at, err == nil
}
