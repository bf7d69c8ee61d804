package application

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type applicationList struct{}

// NewListResource is the list resource atm_application.
var NewListResource = framework.NewList[filters, model, atm.Application]("application", applicationList{})

type filters struct {
	Name              types.String `tfsdk:"name"`
	SuiteID           types.String `tfsdk:"suite_id"`
	ProjectID         types.String `tfsdk:"project_id"`
	AuthenticatorType types.String `tfsdk:"authenticator_type"`
}

// docOfType is that of the filters by authenticator type.
const docOfType = "Only applications of this authenticator type: `user_credentials`, `client_credentials`, `authorization_code` or `authorization_code_pkce`."

func (applicationList) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.ListDoc("applications", "their names",
			"The results contain no client secrets. Generated configuration sets `client_secret_wo` to null, which keeps the secret that an application has."),
		Attributes: map[string]schema.Attribute{
			"name":               framework.ListName("Only applications of this name; each project may have one."),
			"suite_id":           framework.ListID("a suite", "Only the applications in the suite of this id."),
			"project_id":         framework.ListID("a project", "Only the applications in the project of this id."),
			"authenticator_type": framework.ListText(docOfType, authenticatorTypes()),
		},
	}
}

func (applicationList) Each(ctx context.Context, client *atm.Client, by *filters, most int) iter.Seq2[*atm.Application, error] {
	params := atm.ListApplicationsParams{
		Name: by.Name.ValueStringPointer(), SuiteId: by.SuiteID.ValueStringPointer(), ProjectId: by.ProjectID.ValueStringPointer(),
	}
	if !by.AuthenticatorType.IsNull() {
		flow := atm.AuthenticatorType(by.AuthenticatorType.ValueString())
		params.AuthenticatorType = &flow
	}
	return client.EachApplication(ctx, params, most)
}

func (applicationList) Model(ctx context.Context, application *atm.Application) *model {
	m := model{SecretVersion: types.Int64Value(int64(application.SecretVersion))}
	m.fill(ctx, application)
	return &m
}

func (applicationList) DisplayName(application *atm.Application) string { return application.Name }
