package application

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

const stateNoSecret = "no secret: ATM does not return client secrets. Only the `atm_application` resource that created an application has its secret."

type applicationLookup struct{}

// NewDataSource is the data source atm_application.
var NewDataSource = framework.NewLookup[lookup]("application", applicationLookup{}, "id", "path")

// record is an application as data sources tell it.
type record struct {
	settings
	SecretVersion types.Int64 `tfsdk:"secret_version"`
}

func (r *record) fill(ctx context.Context, application *atm.Application) {
	// No configuration says what is to be null: the sets can be iterated, and
	// single_use is a condition.
	r.FederatedCredentials, r.PublicKeys = types.SetValueMust(credentialType, nil), types.SetValueMust(publicKeyType, nil)
	r.settings.fill(ctx, application)
	r.FederatedCredentials = keepObjects(ctx, r.FederatedCredentials, credentialType, application.FederatedCredentials, func(now atm.FederatedCredential) credential {
		return keepCredential(ctx, credential{SingleUse: types.BoolValue(false)}, now)
	})
	r.SecretVersion = types.Int64Value(int64(application.SecretVersion))
}

type lookup struct {
	record
	Path types.String `tfsdk:"path"`
}

func (applicationLookup) Schema() schema.Schema {
	attributes := recordAttributes()
	attributes["id"] = framework.LookupKey("The application's id. Give this or `path`.", "path")
	attributes["path"] = framework.LookupPath("SUITE/PROJECT/APPLICATION")
	return schema.Schema{
		MarkdownDescription: framework.Page("Reads one application, by its id or its path.", framework.RoleReads, stateNoSecret),
		Attributes:          attributes,
	}
}

func (applicationLookup) Read(ctx context.Context, client *atm.Client, m *lookup) error {
	application, err := look(ctx, client, m)
	if err != nil {
		return err
	}
	m.fill(ctx, application)
	return nil
}

func look(ctx context.Context, client *atm.Client, m *lookup) (*atm.Application, error) {
	if !m.ID.IsNull() {
		return client.Application(ctx, m.ID.ValueString())
	}
	names, err := framework.Path(m.Path.ValueString(), 3)
	if err != nil {
		return nil, err
	}
	return client.ApplicationAt(ctx, names[0], names[1], names[2])
}

type applicationsLookup struct{}

// NewPluralDataSource is the data source atm_applications.
var NewPluralDataSource = framework.NewLookup[records]("applications", applicationsLookup{})

type records struct {
	IDs               []string     `tfsdk:"ids"`
	Name              types.String `tfsdk:"name"`
	SuiteID           types.String `tfsdk:"suite_id"`
	ProjectID         types.String `tfsdk:"project_id"`
	AuthenticatorType types.String `tfsdk:"authenticator_type"`
	Applications      []record     `tfsdk:"applications"`
}

func (applicationsLookup) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.Page("Reads the applications that the provider's user can see.", framework.RoleReads, stateNoSecret),
		Attributes: map[string]schema.Attribute{
			"ids":                framework.IDsFilter("applications"),
			"name":               framework.Filter("Only applications with exactly this name; one in each project at most."),
			"suite_id":           framework.Filter("Only applications of the suite with this id."),
			"project_id":         framework.Filter("Only applications of the project with this id."),
			"authenticator_type": framework.Filter(docOfType, authenticatorTypes()),
			"applications": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The applications, in the order of their creation.",
				NestedObject: schema.NestedAttributeObject{Attributes: recordAttributes()},
			},
		},
	}
}

func (applicationsLookup) Read(ctx context.Context, client *atm.Client, m *records) error {
	applications, err := client.Applications(ctx, m.params())
	if err != nil {
		return err
	}
	m.Applications = make([]record, len(applications))
	for i := range applications {
		m.Applications[i].fill(ctx, &applications[i])
	}
	return nil
}

func (m *records) params() atm.ListApplicationsParams {
	params := atm.ListApplicationsParams{Name: m.Name.ValueStringPointer(), SuiteId: m.SuiteID.ValueStringPointer(), ProjectId: m.ProjectID.ValueStringPointer(), Ids: framework.OptionalIDs(m.IDs)}
	if flow := m.AuthenticatorType.ValueStringPointer(); flow != nil {
		params.AuthenticatorType = (*atm.AuthenticatorType)(flow)
	}
	return params
}

func recordAttributes() map[string]schema.Attribute {
	texts := func(doc string) schema.Attribute {
		return schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: doc}
	}
	number := func(doc string) schema.Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: doc}
	}
	attributes := map[string]schema.Attribute{
		"id":                         framework.ComputedString("The application's id; the `aud` of its tokens."),
		"name":                       framework.ComputedString("The application's name, unique in its project."),
		"suite_id":                   framework.ComputedString("The id of the suite that the application is in."),
		"project_id":                 framework.ComputedString("The id of the project that the application is in."),
		"authenticator_type":         framework.ComputedString("The authenticator type: `user_credentials`, `client_credentials`, `authorization_code` or `authorization_code_pkce`."),
		"client_id":                  framework.ComputedString("The client id (RFC 6749 §2.2)."),
		"secret_version":             number("The version of the client secret, a counter (0 or more): 1 at creation, one more with each rotation, 0 while the application has no secret."),
		"redirect_urls":              texts("The URLs to which the sign-in page may redirect."),
		"allowed_origins":            texts("The origins whose pages may call the token endpoints (CORS)."),
		"access_token_lifespan":      number("The lifespan of access tokens in seconds (60–86,400)."),
		"refresh_token_lifespan":     number("The lifespan of refresh tokens in seconds (300–31,536,000, a year)."),
		"refresh_token_grace_period": number("The grace period in seconds (0–60), in which a refresh token that was just used returns the same new refresh token again."),
		"management_access":          schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether tokens of this application may call ATM's management API."},
		"client_authentication":      framework.ComputedString("How the application authenticates: `secret`, with its client secret or an assertion; `assertion`, only with an assertion; or `none`, a public client."),
		"introspection_access":       schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the application may introspect the tokens of every application of its suite."},
	}
	maps.Copy(attributes, credentialRecords())
	return attributes
}
