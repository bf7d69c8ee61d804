package applicationuser

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type assignmentsLookup struct{}

// NewPluralDataSource is the data source atm_application_users.
var NewPluralDataSource = framework.NewLookup[records]("application_users", assignmentsLookup{})

type records struct {
	ApplicationIDs []string     `tfsdk:"application_ids"`
	UserIDs        []string     `tfsdk:"user_ids"`
	SuiteID        types.String `tfsdk:"suite_id"`
	ProjectID      types.String `tfsdk:"project_id"`
	Assignments    []record     `tfsdk:"application_users"`
}

func (assignmentsLookup) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.Page("Reads the assignments of users to applications that the provider's user can see.", framework.RoleReads, "no secret."),
		Attributes: map[string]schema.Attribute{
			"application_ids": framework.IDsFilter("assignments of the applications"),
			"user_ids":        framework.IDsFilter("assignments of the users"),
			"suite_id":        framework.Filter("Only assignments of applications of the suite with this id."),
			"project_id":      framework.Filter("Only assignments of applications of the project with this id."),
			"application_users": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The assignments, in the order of their creation.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"application_id": framework.ComputedString("The application's id."),
					"user_id":        framework.ComputedString("The user's id."),
					"enabled":        schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the user is enabled for the application: the toggle of the console's *Application Users* tab."},
				}},
			},
		},
	}
}

func (assignmentsLookup) Read(ctx context.Context, client *atm.Client, m *records) error {
	assignments, err := client.ApplicationUsers(ctx, atm.ListApplicationUsersParams{
		ApplicationIds: framework.OptionalIDs(m.ApplicationIDs), UserIds: framework.OptionalIDs(m.UserIDs),
		SuiteId: m.SuiteID.ValueStringPointer(), ProjectId: m.ProjectID.ValueStringPointer(),
	})
	if err != nil {
		return err
	}
	m.Assignments = make([]record, len(assignments))
	for i := range assignments {
		m.Assignments[i].fill(&assignments[i])
	}
	return nil
}
