// Package caller is the Terraform data source atm_caller: who the provider
// signs in as, and which instance of ATM it talks to.
package caller

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type callerLookup struct{}

// NewDataSource is the data source atm_caller.
var NewDataSource = framework.NewLookup[model]("caller", callerLookup{})

type model struct {
	UserID        types.String `tfsdk:"user_id"`
	Email         types.String `tfsdk:"email"`
	Role          types.String `tfsdk:"role"`
	SuiteID       types.String `tfsdk:"suite_id"`
	ProjectID     types.String `tfsdk:"project_id"`
	ApplicationID types.String `tfsdk:"application_id"`
	ClientID      types.String `tfsdk:"client_id"`
	InstanceID    types.String `tfsdk:"instance_id"`
}

func (callerLookup) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.Page("Reads the user and the application that the provider signs in as, and the ATM instance that it sends requests to.", "any.", "no secret, but the user's email address.",
			"Use it to reject a wrong account or a wrong endpoint before anything changes, with a `precondition` or a `check`."),
		Attributes: map[string]schema.Attribute{
			"user_id":        framework.ComputedString("The user's id."),
			"email":          framework.ComputedString("The user's email address, which is also its login id."),
			"role":           framework.ComputedString("The user's role: `super_admin`, `suite_admin` or `system_user`."),
			"suite_id":       framework.ComputedString("The id of the suite that the user is in. A suite admin sees and manages only this suite."),
			"project_id":     framework.ComputedString("The id of the project that the user is in. A system user sees only this project."),
			"application_id": framework.ComputedString("The id of the application that the access token was issued to."),
			"client_id":      framework.ComputedString("The client id of that application."),
			"instance_id": framework.ComputedString("The id of the ATM instance, which ATM generates once per database; replicas and restored copies share it." +
				" The provider stores its first 8 characters beside each object, so that a response of another instance never counts as a deletion."),
		},
	}
}

func (callerLookup) Read(ctx context.Context, client *atm.Client, m *model) error {
	me, err := client.Me(ctx)
	if err != nil {
		return err
	}
	*m = model{
		UserID: types.StringValue(me.UserId), Email: types.StringValue(me.Email), Role: types.StringValue(string(me.Role)),
		SuiteID: types.StringValue(me.SuiteId), ProjectID: types.StringValue(me.ProjectId),
		ApplicationID: types.StringValue(me.ApplicationId), ClientID: types.StringValue(me.ClientId),
		InstanceID: types.StringValue(me.InstanceId),
	}
	return nil
}
