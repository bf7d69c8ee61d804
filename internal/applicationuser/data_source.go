package applicationuser

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// NewPluralDataSource is the data source atm_application_users.
var NewPluralDataSource = framework.NewLookup(framework.LookupSpec[records]{
	Type: "application_users",
	Read: func(ctx context.Context, client *atm.Client, m *records) error {
		assignments, err := client.ApplicationUsers(ctx, atm.ListApplicationUsersParams{
			ApplicationIds: framework.OptionalIDs(m.ApplicationIDs), UserIds: framework.OptionalIDs(m.UserIDs),
			SuiteId: framework.OptionalString(m.SuiteID), ProjectId: framework.OptionalString(m.ProjectID),
		})
		if err != nil {
			return err
		}
		m.Assignments = make([]record, len(assignments))
		for i, assignment := range assignments {
			m.Assignments[i] = record{
				ApplicationID: types.StringValue(assignment.ApplicationId), UserID: types.StringValue(assignment.UserId),
				Enabled: types.BoolValue(assignment.Enabled),
			}
		}
		return nil
	},
	Schema: sync.OnceValue(func() schema.Schema {
		texts := func(doc string) schema.Attribute {
			return schema.SetAttribute{
				Optional: true, ElementType: types.StringType, MarkdownDescription: doc + " The set takes any number of ids. The data source leaves out ids that do not exist, and an empty set selects none. Default: all.",
				Validators: []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
			}
		}
		return schema.Schema{
			MarkdownDescription: "The assignments of users to applications that the provider's user can see.",
			Attributes: map[string]schema.Attribute{
				"application_ids": texts("Only assignments of the applications with these ids."),
				"user_ids":        texts("Only assignments of the users with these ids."),
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
	}),
})

// record is an assignment as data sources tell it.
type record struct {
	ApplicationID types.String `tfsdk:"application_id"`
	UserID        types.String `tfsdk:"user_id"`
	Enabled       types.Bool   `tfsdk:"enabled"`
}

type records struct {
	ApplicationIDs []string     `tfsdk:"application_ids"`
	UserIDs        []string     `tfsdk:"user_ids"`
	SuiteID        types.String `tfsdk:"suite_id"`
	ProjectID      types.String `tfsdk:"project_id"`
	Assignments    []record     `tfsdk:"application_users"`
}
