package user

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

const stateUser = "no secret: ATM never returns passwords. Email addresses and names are in it."

type userLookup struct{}

// NewDataSource is the data source atm_user.
var NewDataSource = framework.NewLookup[record]("user", userLookup{}, "id", "email")

func (userLookup) Schema() schema.Schema {
	attributes := recordAttributes()
	attributes["id"] = framework.LookupKey("The user's id. Give this or `email`.", "email")
	attributes["email"] = framework.LookupKey("The user's email address, which is also its login id, compared by case folding. Give this or `id`.")
	return schema.Schema{
		MarkdownDescription: framework.Page("Reads one user, by its id or its email address.", framework.RoleReads, stateUser),
		Attributes:          attributes,
	}
}

func (userLookup) Read(ctx context.Context, client *atm.Client, m *record) error {
	var user *atm.User
	var err error
	if m.ID.IsNull() {
		user, err = client.UserWithEmail(ctx, m.Email.ValueString())
	} else {
		user, err = client.User(ctx, m.ID.ValueString())
	}
	if err != nil {
		return err
	}
	m.fill(user)
	return nil
}

type usersLookup struct{}

// NewPluralDataSource is the data source atm_users.
var NewPluralDataSource = framework.NewLookup[records]("users", usersLookup{})

type records struct {
	IDs       []string     `tfsdk:"ids"`
	Email     types.String `tfsdk:"email"`
	SuiteID   types.String `tfsdk:"suite_id"`
	ProjectID types.String `tfsdk:"project_id"`
	Users     []record     `tfsdk:"users"`
}

func (usersLookup) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.Page("Reads the users that the provider's user can see.", framework.RoleReads, stateUser),
		Attributes: map[string]schema.Attribute{
			"ids":        framework.IDsFilter("users"),
			"email":      framework.Filter("Only the user with this email address, compared by case folding. An empty result is no error."),
			"suite_id":   framework.Filter("Only users of the suite with this id."),
			"project_id": framework.Filter("Only users of the project with this id."),
			"users": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The users, in the order of their creation.",
				NestedObject: schema.NestedAttributeObject{Attributes: recordAttributes()},
			},
		},
	}
}

func (usersLookup) Read(ctx context.Context, client *atm.Client, m *records) error {
	users, err := client.Users(ctx, atm.ListUsersParams{
		Ids: framework.OptionalIDs(m.IDs), Email: m.Email.ValueStringPointer(), SuiteId: m.SuiteID.ValueStringPointer(), ProjectId: m.ProjectID.ValueStringPointer(),
	})
	if err != nil {
		return err
	}
	m.Users = make([]record, len(users))
	for i := range users {
		m.Users[i].fill(&users[i])
	}
	return nil
}

func recordAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":         framework.ComputedString("The user's id."),
		"email":      framework.ComputedString("The user's email address, which is also its login id."),
		"first_name": framework.ComputedString("The first name."),
		"last_name":  framework.ComputedString("The last name, which may be empty."),
		"role":       framework.ComputedString("The role: `super_admin`, `suite_admin` or `system_user`."),
		"suite_id":   framework.ComputedString("The id of the suite that the user is in."),
		"project_id": framework.ComputedString("The id of the project that the user is in."),
		"enabled":    schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the user may sign in and get tokens."},
	}
}
