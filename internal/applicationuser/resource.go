// Package applicationuser is the Terraform type atm_application_user: one
// assignment of a user to an application, the toggle of the Application Users
// tab in ATM's console.
package applicationuser

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type assignmentResource struct{}

// NewResource is atm_application_user.
var NewResource = framework.NewResource[model](framework.Definition{
	Type:        "application_user",
	Identity:    []string{"application_id", "user_id"},
	ImportForms: "The import id is APPLICATION_ID/USER_ID, or SUITE/PROJECT/APPLICATION/EMAIL by names and the email address.",
}, assignmentResource{})

func (assignmentResource) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.Page("Manages the assignment of one user to one application, a row of the console's *Application Users* tab.",
			framework.RoleManages+" Only a super admin can assign super admins and users of another suite, or change the users of an application that has one.", "no secret.",
			"For an application of the *User Credentials Flow*, only users that are assigned and enabled get tokens.",
			"Do not use it beside `atm_application_users` on the same application:"+
				" that resource manages the complete list and removes all other assignments."),
		Attributes: map[string]schema.Attribute{
			"id":             framework.ComposedID("The id of the assignment: APPLICATION_ID/USER_ID."),
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

func (assignmentResource) Scope(m *model) framework.Scope {
	return framework.Scope{ApplicationID: m.ApplicationID.ValueString()}
}

func (assignmentResource) Create(ctx context.Context, req *framework.CreateRequest[model]) (etag string, err error) {
	application, user := req.Plan.ApplicationID.ValueString(), req.Plan.UserID.ValueString()
	assignment, err := req.Client.AssignUser(ctx, application, user, req.Key, req.Plan.put())
	switch {
	case atm.IsProblem(err, atm.ProblemAlreadyAssigned):
		return "", &assignedError{application, user, err}
	case atm.IsNotFound(err):
		return "", whichIsMissing(ctx, req.Client, application, user, err)
	case err != nil:
		return "", err
	}
	return req.Plan.fill(assignment), nil
}

// whichIsMissing finds the argument at fault, which the 404 of a pair does not
// tell; err itself where that cannot be found.
func whichIsMissing(ctx context.Context, client *atm.Client, application, user string, err error) error {
	_, other := client.Application(ctx, application)
	if atm.IsNotFound(other) {
		return &missingError{"application_id", "application", application, err}
	}
	if other != nil {
		return err
	}
	if _, other = client.User(ctx, user); atm.IsNotFound(other) {
		return &missingError{"user_id", "user", user, err}
	}
	return err
}

func (assignmentResource) Read(ctx context.Context, req *framework.ReadRequest[model]) (etag string, err error) {
	assignment, err := req.Client.RefreshApplicationUser(ctx, req.State.ApplicationID.ValueString(), req.State.UserID.ValueString())
	if err != nil {
		return "", err
	}
	return req.State.fill(assignment), nil
}

func (assignmentResource) Update(ctx context.Context, req *framework.UpdateRequest[model]) (etag string, err error) {
	if req.Plan.Enabled.Equal(req.State.Enabled) {
		return "", nil
	}
	assignment, err := req.Client.UpdateApplicationUser(ctx, req.Plan.ApplicationID.ValueString(), req.Plan.UserID.ValueString(), req.Etag, req.Plan.put())
	if err != nil {
		return "", err
	}
	return req.Plan.fill(assignment), nil
}

func (assignmentResource) Delete(ctx context.Context, req *framework.DeleteRequest[model]) error {
	return req.Client.UnassignUser(ctx, req.State.ApplicationID.ValueString(), req.State.UserID.ValueString(), req.Etag)
}

func (assignmentResource) ResolveImportID(ctx context.Context, client *atm.Client, id string) (map[string]string, error) {
	if application, user, err := framework.Pair(id); err == nil {
		return map[string]string{"application_id": application, "user_id": user}, nil
	}
	// Names contain no slash; an email address may.
	parts := strings.SplitN(id, "/", 4)
	names, err := framework.Path(strings.Join(parts[:min(3, len(parts))], "/"), 3)
	if err != nil || len(parts) < 4 {
		return nil, framework.ErrImportForm
	}
	application, err := client.ApplicationAt(ctx, names[0], names[1], names[2])
	if err != nil {
		return nil, err
	}
	user, err := client.UserWithEmail(ctx, parts[3])
	if err != nil {
		return nil, err
	}
	return map[string]string{"application_id": application.Id, "user_id": user.Id}, nil
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
