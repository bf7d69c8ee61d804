// Package applicationuser is the Terraform type atm_application_user: one
// assignment of a user to an application, the toggle of the Application Users
// tab in ATM's console.
package applicationuser

import (
	"context"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

var (
	_ resource.ResourceWithIdentity    = (*framework.Resource[model])(nil)
	_ resource.ResourceWithImportState = (*framework.Resource[model])(nil)
	_ resource.ResourceWithModifyPlan  = (*framework.Resource[model])(nil)
)

// NewResource is atm_application_user.
var NewResource = framework.New(framework.Spec[model]{
	Type:            "application_user",
	Schema:          sync.OnceValue(resourceSchema),
	Identity:        []string{"application_id", "user_id"},
	ImportForms:     "The import id is APPLICATION_ID/USER_ID.",
	Scope:           func(m *model) framework.Scope { return framework.Scope{ApplicationID: m.ApplicationID.ValueString()} },
	Create:          create,
	Read:            read,
	Update:          update,
	Delete:          deleteAssignment,
	ResolveImportID: resolveImportID,
})

func resourceSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "An assignment of one user to one application: a row of the *Application Users* tab. For an application of the *User Credentials Flow*," +
			" only users that are assigned and enabled get tokens.\n\nDo not use it beside `atm_application_users` on the same application:" +
			" that resource manages the complete list and removes all other assignments.",
		Attributes: map[string]schema.Attribute{
			"application_id": framework.Parent("The application's id. Another value replaces the assignment.", true),
			"user_id":        framework.Parent("The user's id, of the same suite unless the provider signs in as a super admin. Another value replaces the assignment.", true),
			"enabled": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether the user gets tokens of the application (the toggle of the console). Default: `true`. `false` is allowed only for applications of the *User Credentials Flow*. Disabling ends the user's token families at the application.",
			},
			"timeouts": framework.Timeouts(),
		},
	}
}

func create(ctx context.Context, op *framework.Op, plan *model) error {
	assignment, err := op.Client.AssignUser(ctx, plan.ApplicationID.ValueString(), plan.UserID.ValueString(), op.Key, plan.put())
	switch {
	case atm.IsProblem(err, atm.ProblemAlreadyAssigned):
		return &assignedError{plan.ApplicationID.ValueString(), plan.UserID.ValueString(), err}
	case atm.IsNotFound(err):
		return whichIsMissing(ctx, op, plan, err)
	case err != nil:
		return err
	}
	plan.fill(assignment, op)
	return nil
}

// whichIsMissing finds the argument at fault, which the 404 of a pair does not
// tell; err itself where that cannot be found.
func whichIsMissing(ctx context.Context, op *framework.Op, plan *model, err error) error {
	application, user := plan.ApplicationID.ValueString(), plan.UserID.ValueString()
	_, other := op.Client.Application(ctx, application)
	if atm.IsNotFound(other) {
		return &missingError{"application_id", "application", application, err}
	}
	if other != nil {
		return err
	}
	if _, other = op.Client.User(ctx, user); atm.IsNotFound(other) {
		return &missingError{"user_id", "user", user, err}
	}
	return err
}

func read(ctx context.Context, op *framework.Op, state *model) error {
	assignment, err := op.Client.RefreshApplicationUser(ctx, state.ApplicationID.ValueString(), state.UserID.ValueString())
	if err != nil {
		return err
	}
	state.fill(assignment, op)
	return nil
}

func update(ctx context.Context, op *framework.Op, plan, state *model) error {
	if plan.Enabled.Equal(state.Enabled) {
		return nil
	}
	assignment, err := op.Client.UpdateApplicationUser(ctx, plan.ApplicationID.ValueString(), plan.UserID.ValueString(), op.Etag, plan.put())
	if err != nil {
		return err
	}
	plan.fill(assignment, op)
	return nil
}

func deleteAssignment(ctx context.Context, op *framework.Op, state *model) error {
	return op.Client.UnassignUser(ctx, state.ApplicationID.ValueString(), state.UserID.ValueString(), op.Etag)
}

func resolveImportID(_ context.Context, _ *atm.Client, id string) (map[string]string, error) {
	application, user, err := framework.Pair(id)
	if err != nil {
		return nil, err
	}
	return map[string]string{"application_id": application, "user_id": user}, nil
}

// assignedError is a create that met an assignment. Its import id is the pair.
type assignedError struct {
	application, user string
	err               error
}

func (e *assignedError) Error() string { return e.err.Error() }
func (e *assignedError) Unwrap() error { return e.err }

// Diagnose implements [framework.Diagnosable].
func (e *assignedError) Diagnose(diags *diag.Diagnostics) {
	detail := fmt.Sprintf("The user %q is assigned to the application %q. If that is the assignment that this create replaces (create_before_destroy), remove create_before_destroy.", e.user, e.application)
	if block, ok := framework.ImportBlock("atm_application_user", e.application, e.user); ok {
		detail += " Otherwise, to manage the existing assignment with Terraform, import it:\n\n" + block
	}
	diags.AddError("The user is already assigned", fmt.Sprintf("%s\n\n%v", detail, e.err))
}

// missingError is a create for an application or a user that is not there.
type missingError struct {
	attribute, what, id string
	err                 error
}

func (e *missingError) Error() string { return e.err.Error() }
func (e *missingError) Unwrap() error { return e.err }

// Diagnose implements [framework.Diagnosable].
func (e *missingError) Diagnose(diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root(e.attribute), "No such "+e.what,
		fmt.Sprintf("ATM has no %s %q, or the provider's user cannot see it. Use a reference to its resource or data source instead of a literal id.\n\n%v", e.what, e.id, e.err))
}
