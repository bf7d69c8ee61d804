package application

import (
	"context"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/oapi-codegen/nullable"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// settings are those of an application as ATM has it, for the resource and the
// data sources.
type settings struct {
	ID                      types.String `tfsdk:"id"`
	Name                    types.String `tfsdk:"name"`
	SuiteID                 types.String `tfsdk:"suite_id"`
	ProjectID               types.String `tfsdk:"project_id"`
	AuthenticatorType       types.String `tfsdk:"authenticator_type"`
	ClientID                types.String `tfsdk:"client_id"`
	RedirectURLs            types.Set    `tfsdk:"redirect_urls"`
	AllowedOrigins          types.Set    `tfsdk:"allowed_origins"`
	AccessTokenLifespan     types.Int64  `tfsdk:"access_token_lifespan"`
	RefreshTokenLifespan    types.Int64  `tfsdk:"refresh_token_lifespan"`
	RefreshTokenGracePeriod types.Int64  `tfsdk:"refresh_token_grace_period"`
	ManagementAccess        types.Bool   `tfsdk:"management_access"`
	ClientAuthentication    types.String `tfsdk:"client_authentication"`
	IntrospectionAccess     types.Bool   `tfsdk:"introspection_access"`
	FederatedCredentials    types.Set    `tfsdk:"federated_credentials"` // of credential
	PublicKeys              types.Set    `tfsdk:"public_keys"`           // of publicKey
}

type model struct {
	settings
	ClientSecret       types.String   `tfsdk:"client_secret"`
	SecretWO           types.String   `tfsdk:"client_secret_wo"` // always null: see CreateRequest.WriteOnly
	SecretWOVersion    types.Int64    `tfsdk:"client_secret_wo_version"`
	SecretVersion      types.Int64    `tfsdk:"secret_version"`
	SecretRotation     types.Object   `tfsdk:"secret_rotation"`
	ForceDestroy       types.Bool     `tfsdk:"force_destroy"`
	DeletionProtection types.Bool     `tfsdk:"deletion_protection"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`
}

// hasSecret reports whether the application authenticates with a client secret;
// true while that is unknown.
func (s *settings) hasSecret() bool { return hasSecret(s.ClientAuthentication) }

func hasSecret(authentication types.String) bool {
	given := authentication.ValueString()
	return given == "" || given == validation.ClientAuthenticationSecret
}

// triggers are those of secret_rotation: null without it, unknown while it is.
func (m *model) triggers() types.Map {
	if m.SecretRotation.IsUnknown() {
		return types.MapUnknown(types.StringType)
	}
	triggers, _ := m.SecretRotation.Attributes()["triggers"].(types.Map)
	return triggers
}

// overlap is for how many seconds a rotation leaves the previous secret valid:
// null is 0, unknown while secret_rotation is.
func (m *model) overlap() types.Int64 {
	if m.SecretRotation.IsUnknown() {
		return types.Int64Unknown()
	}
	overlap, _ := m.SecretRotation.Attributes()["previous_secret_expires_in"].(types.Int64)
	return overlap
}

// rotatesUnknown reports whether a secret that Terraform does not know is to be
// rotated; true while that is unknown, because then it may be.
func (m *model) rotatesUnknown() bool {
	choice, _ := m.SecretRotation.Attributes()["on_unknown_secret"].(types.String)
	return m.SecretRotation.IsUnknown() || choice.IsUnknown() || choice.ValueString() == rotateUnknown
}

// place narrows what is read ahead.
func (m *model) place() atm.Scope {
	return atm.Scope{SuiteID: m.SuiteID.ValueString(), ProjectID: m.ProjectID.ValueString()}
}

func (m *model) create(ctx context.Context, secret types.String) atm.ApplicationCreate {
	redirects, origins := framework.Strings(ctx, m.RedirectURLs), origins(ctx, m.AllowedOrigins)
	create := atm.ApplicationCreate{
		Name:                    m.Name.ValueString(),
		SuiteId:                 m.SuiteID.ValueString(),
		ProjectId:               m.ProjectID.ValueString(),
		AuthenticatorType:       atm.AuthenticatorType(m.AuthenticatorType.ValueString()),
		AllowedOrigins:          &origins,
		AccessTokenLifespan:     number(m.AccessTokenLifespan),
		RefreshTokenLifespan:    number(m.RefreshTokenLifespan),
		RefreshTokenGracePeriod: number(m.RefreshTokenGracePeriod),
		ClientSecret:            secret.ValueStringPointer(),
		ClientAuthentication:    (*atm.ClientAuthentication)(m.ClientAuthentication.ValueStringPointer()),
		IntrospectionAccess:     m.IntrospectionAccess.ValueBoolPointer(),
	}
	if len(redirects) > 0 {
		create.RedirectUrls = &redirects
	}
	if credentials := sentCredentials(ctx, m.FederatedCredentials); len(credentials) > 0 {
		create.FederatedCredentials = &credentials
	}
	if keys := sentKeys(ctx, m.PublicKeys); len(keys) > 0 {
		create.PublicKeys = &keys
	}
	if m.ManagementAccess.ValueBool() {
		// Only a super admin may send the field at all.
		create.ManagementAccess = m.ManagementAccess.ValueBoolPointer()
	}
	return create
}

// origins are sent in ATM's own spelling, each once, so that the response
// equals the request: that is how the provider recognises a write whose
// response was lost.
func origins(ctx context.Context, set types.Set) []string {
	out := framework.Strings(ctx, set)
	for i := range out {
		out[i] = sameOrigin(out[i])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sameOrigin returns the spelling in which ATM stores an origin.
func sameOrigin(text string) string {
	normal, err := validation.Origin(text)
	if err != nil {
		return text // an ATM with other rules stores it as it likes
	}
	return normal
}

// patch names what differs from the prior state, and reports whether anything
// does.
func (m *model) patch(ctx context.Context, prior *model) (atm.ApplicationPatch, bool) {
	var patch atm.ApplicationPatch
	changed := false
	text := func(to **string, now, before types.String) {
		if !now.Equal(before) {
			*to, changed = now.ValueStringPointer(), true
		}
	}
	list := func(to *nullable.Nullable[[]string], read func(context.Context, types.Set) []string, now, before types.Set) {
		if !now.Equal(before) {
			*to, changed = nullable.NewNullableWithValue(read(ctx, now)), true
		}
	}
	count := func(to *nullable.Nullable[int], now, before types.Int64) {
		if !now.Equal(before) {
			*to, changed = nullable.NewNullableWithValue(int(now.ValueInt64())), true
		}
	}
	yes := func(to *nullable.Nullable[bool], now, before types.Bool) {
		if !now.Equal(before) {
			*to, changed = nullable.NewNullableWithValue(now.ValueBool()), true
		}
	}
	text(&patch.Name, m.Name, prior.Name)
	text(&patch.SuiteId, m.SuiteID, prior.SuiteID)
	text(&patch.ProjectId, m.ProjectID, prior.ProjectID)
	list(&patch.RedirectUrls, framework.Strings, m.RedirectURLs, prior.RedirectURLs)
	list(&patch.AllowedOrigins, origins, m.AllowedOrigins, prior.AllowedOrigins)
	count(&patch.AccessTokenLifespan, m.AccessTokenLifespan, prior.AccessTokenLifespan)
	count(&patch.RefreshTokenLifespan, m.RefreshTokenLifespan, prior.RefreshTokenLifespan)
	count(&patch.RefreshTokenGracePeriod, m.RefreshTokenGracePeriod, prior.RefreshTokenGracePeriod)
	yes(&patch.ManagementAccess, m.ManagementAccess, prior.ManagementAccess)
	yes(&patch.IntrospectionAccess, m.IntrospectionAccess, prior.IntrospectionAccess)
	if !m.ClientAuthentication.Equal(prior.ClientAuthentication) {
		patch.ClientAuthentication, changed = nullable.NewNullableWithValue(atm.ApplicationPatchClientAuthentication(m.ClientAuthentication.ValueString())), true
	}
	if now := sentCredentials(ctx, m.FederatedCredentials); !reflect.DeepEqual(now, sentCredentials(ctx, prior.FederatedCredentials)) {
		patch.FederatedCredentials, changed = nullable.NewNullableWithValue(now), true
	}
	if now := sentKeys(ctx, m.PublicKeys); !reflect.DeepEqual(now, sentKeys(ctx, prior.PublicKeys)) {
		patch.PublicKeys, changed = nullable.NewNullableWithValue(now), true
	}
	return patch, changed
}

func (m *model) rotation(secret types.String) atm.SecretRotation {
	return atm.SecretRotation{ClientSecret: secret.ValueStringPointer(), PreviousSecretExpiresIn: number(m.overlap())}
}

// fill takes over ATM's response, and returns its etag.
func (s *settings) fill(ctx context.Context, application *atm.Application) (etag string) {
	s.ID = types.StringValue(application.Id)
	s.Name = framework.KeepForm(s.Name, application.Name)
	s.SuiteID = types.StringValue(application.SuiteId)
	s.ProjectID = types.StringValue(application.ProjectId)
	s.AuthenticatorType = types.StringValue(string(application.AuthenticatorType))
	s.ClientID = types.StringValue(application.ClientId)
	s.RedirectURLs = framework.KeepSet(ctx, s.RedirectURLs, application.RedirectUrls, func(s string) string { return s })
	s.AllowedOrigins = framework.KeepSet(ctx, s.AllowedOrigins, application.AllowedOrigins, sameOrigin)
	s.AccessTokenLifespan = types.Int64Value(int64(application.AccessTokenLifespan))
	s.RefreshTokenLifespan = types.Int64Value(int64(application.RefreshTokenLifespan))
	s.RefreshTokenGracePeriod = types.Int64Value(int64(application.RefreshTokenGracePeriod))
	s.ManagementAccess = types.BoolValue(application.ManagementAccess)
	s.ClientAuthentication = types.StringValue(string(application.ClientAuthentication))
	s.IntrospectionAccess = types.BoolValue(application.IntrospectionAccess)
	s.FederatedCredentials = keepCredentials(ctx, s.FederatedCredentials, application.FederatedCredentials)
	s.PublicKeys = keepKeys(ctx, s.PublicKeys, application.PublicKeys)
	return application.Etag
}

// secret takes over what the response to a create or a rotation says of the
// secret: a generated one, or nothing of one that was given.
func (m *model) secret(application *atm.Application) {
	m.SecretVersion = types.Int64Value(int64(application.SecretVersion))
	m.ClientSecret = types.StringNull()
	if m.SecretWOVersion.IsNull() {
		m.ClientSecret = types.StringPointerValue(application.ClientSecret)
	}
}

func number(value types.Int64) *int {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	n := int(value.ValueInt64())
	return &n
}
