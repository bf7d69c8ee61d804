package applicationuser

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type assignmentList struct{}

// NewListResource is the list resource atm_application_user.
var NewListResource = framework.NewList[filters, model, namedAssignment]("application_user", assignmentList{})

type filters struct {
	ApplicationIDs types.List   `tfsdk:"application_ids"`
	UserIDs        types.List   `tfsdk:"user_ids"`
	SuiteID        types.String `tfsdk:"suite_id"`
	ProjectID      types.String `tfsdk:"project_id"`
}

func (assignmentList) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.ListDoc("the assignments of users to applications", "*user at application*",
			"The results are imported as `atm_application_user`. Exclude the applications whose complete list an `atm_application_users` manages."),
		Attributes: map[string]schema.Attribute{
			"application_ids": framework.ListIDs("an application", "Only assignments to the applications with these ids."),
			"user_ids":        framework.ListIDs("a user", "Only assignments of the users with these ids."),
			"suite_id":        framework.ListID("a suite", "Only assignments to the applications in the suite of this id."),
			"project_id":      framework.ListID("a project", "Only assignments to the applications in the project of this id."),
		},
	}
}

func (assignmentList) Each(ctx context.Context, client *atm.Client, by *filters, most int) iter.Seq2[*namedAssignment, error] {
	params := atm.ListApplicationUsersParams{SuiteId: by.SuiteID.ValueStringPointer(), ProjectId: by.ProjectID.ValueStringPointer()}
	by.ApplicationIDs.ElementsAs(ctx, &params.ApplicationIds, false)
	by.UserIDs.ElementsAs(ctx, &params.UserIds, false)
	names := directory{client: client, applications: map[string]string{}, users: map[string]string{}}
	return names.each(ctx, client.EachApplicationUser(ctx, params, most))
}

func (assignmentList) Model(_ context.Context, assignment *namedAssignment) *model {
	var m model
	m.fill(assignment.ApplicationUser)
	return &m
}

func (assignmentList) DisplayName(assignment *namedAssignment) string {
	return assignment.user + " at " + assignment.application
}
