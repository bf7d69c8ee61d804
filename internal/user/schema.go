package user

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/tci-pf/terraform-provider-atm/internal/framework"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

const (
	onDestroyDelete  = "delete"
	onDestroyDisable = "disable"
)

func (userResource) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.Page("Manages a user of ATM, a person who signs in or an account for which a machine gets tokens.",
			framework.RoleManages+" Only a super admin can manage super admins, change an email address, move a user or change a password.",
			"no secret: `password_wo` is not stored. The email address and the names are.",
			"The email address is the login id of the *User Credentials Flow*, which needs no password; a password is for the sign-in page."),
		Attributes: map[string]schema.Attribute{
			"id": framework.ID("user"),
			"email": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The email address (3–254 characters), which is also the login id: unique in ATM and compared by case folding. The state keeps the spelling given here. Only a super admin can change it.",
				Validators:          []validator.String{framework.ValidText(validation.Email)},
			},
			"first_name": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The first name (1–100 characters). It is in the `scope` claim of the user's tokens.",
				Validators:          []validator.String{framework.ValidText(validation.FirstName)},
			},
			"last_name": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(""),
				MarkdownDescription: "The last name (at most 100 characters). Default: empty.",
				Validators:          []validator.String{framework.ValidText(validation.LastName)},
			},
			"role": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "The user's role: `system_user` reads the contents of its project, `suite_admin` manages its own suite, `super_admin` everything." +
					" The first two are the console's *System User* and *Suite Admin*. Only a super admin can create super admins.",
				Validators: []validator.String{stringvalidator.OneOf(validation.Roles()...)},
			},
			"suite_id":   framework.Parent("The id of the suite that the user is in. Only a super admin can move a user to another suite.", false),
			"project_id": framework.Parent("The id of the project, in that suite, that the user is in. Only a super admin can move a user.", false),
			"enabled": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether the user gets tokens and can sign in. Default: `true`. Disabling ends the user's token families, that is all tokens of its sign-ins.",
			},
			"password_wo": schema.StringAttribute{
				Optional: true, WriteOnly: true, Sensitive: true,
				MarkdownDescription: "The password for the sign-in page (8–256 characters). Write-only (Terraform 1.11): it is in neither state nor plan, and may come from an ephemeral value. Only a super admin can reset passwords.",
				Validators:          []validator.String{framework.ValidSecret(validation.Password)},
			},
			"password_wo_version": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "The version of `password_wo`, a counter (0 or more). Default: none. When it changes, the provider sets the password again. The first version of an imported user sets nothing, since the user may have a password already.",
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"deletion_protection": framework.DeletionProtection(),
			"on_destroy": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(onDestroyDelete),
				MarkdownDescription: "The action of a destroy: `delete` deletes the user with its assignments; `disable` only disables the user, whose id stays the same. Default: `delete`. A disabled user keeps its email address: to create it again, import it.",
				Validators:          []validator.String{stringvalidator.OneOf(onDestroyDelete, onDestroyDisable)},
			},
			"timeouts": framework.Timeouts(),
		},
	}
}
