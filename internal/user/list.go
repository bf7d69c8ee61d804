package user

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

type userList struct{}

// NewListResource is the list resource atm_user.
var NewListResource = framework.NewList[filters, model, atm.User]("user", userList{})

type filters struct {
	Email     types.String `tfsdk:"email"`
	SuiteID   types.String `tfsdk:"suite_id"`
	ProjectID types.String `tfsdk:"project_id"`
}

func (userList) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.ListDoc("users", "their email addresses",
			"The results contain no passwords: ATM never returns them. Generated configuration sets `password_wo` to null, which keeps the password that a user has."),
		Attributes: map[string]schema.Attribute{
			"email":      framework.ListText("Only the user with this email address (3–254 characters), compared by case folding.", framework.ValidText(validation.Email)),
			"suite_id":   framework.ListID("a suite", "Only the users in the suite of this id."),
			"project_id": framework.ListID("a project", "Only the users in the project of this id."),
		},
	}
}

func (userList) Each(ctx context.Context, client *atm.Client, by *filters, most int) iter.Seq2[*atm.User, error] {
	return client.EachUser(ctx, atm.ListUsersParams{
		Email: by.Email.ValueStringPointer(), SuiteId: by.SuiteID.ValueStringPointer(), ProjectId: by.ProjectID.ValueStringPointer(),
	}, most)
}

func (userList) Model(_ context.Context, user *atm.User) *model {
	var m model
	m.fill(user)
	return &m
}

func (userList) DisplayName(user *atm.User) string { return user.Email }
