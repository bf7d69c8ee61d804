package applicationusers

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type listResource struct{}

var (
	_ framework.ResourceWithResolveCreate[model]  = listResource{}
	_ framework.ResourceWithValidateConfig[model] = listResource{}
)

// NewResource is atm_application_users.
var NewResource = framework.NewResource[model](framework.Definition{
	Type:        "application_users",
	Identity:    []string{"application_id"},
	ImportForms: "The import id is the application's id, or the names SUITE/PROJECT/APPLICATION.",
}, listResource{})

func (listResource) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.Page("Manages the complete list of one application's users, the whole *Application Users* tab of the console.",
			framework.RoleManages+" Only a super admin can assign super admins and users of another suite, or change the users of an application that has one.", "no secret.",
			"Users that are not in the list get no tokens of the application. A thousand users need only a few requests, whereas `atm_application_user` needs one for each user.",
			"Do not use it beside `atm_application_user` on the same application: this resource removes what it does not list, and each would undo the other.",
			"~> A create removes no users. If the application already has users that are not in `users`, the create returns an error that lists them:"+
				" add them, or import the list, after which the plan shows them as removals. A user who was assigned, removed or toggled outside Terraform after the last plan is also an error, which names the user; nothing is written."),
		Attributes: map[string]schema.Attribute{
			"id":             framework.ComposedID("The id of the list: the application's id."),
			"application_id": framework.Parent("The application's id. Another value replaces the list: the old application's users are removed.", true),
			attributeUsers: schema.ListAttribute{
				Required: true, ElementType: userType, MarkdownDescription: docUsers,
				PlanModifiers: []planmodifier.List{enabledByDefault{}},
			},
			"timeouts": framework.Timeouts(),
		},
	}
}

func (listResource) Scope(m *model) framework.Scope {
	return framework.Scope{ApplicationID: m.ApplicationID.ValueString()}
}

func (listResource) Create(ctx context.Context, req *framework.CreateRequest[model]) (etag string, err error) {
	req.Plan.ID = req.Plan.ApplicationID
	application := req.Plan.ApplicationID.ValueString()
	wanted, err := membersOf(req.Plan.Users)
	if err != nil {
		return "", err
	}
	now, err := list(ctx, req.Client, application)
	if err != nil {
		return "", err
	}
	if others := now.members().without(wanted); len(others) > 0 {
		return "", strangers(ctx, req.Client, application, others)
	}
	if len(wanted) == 0 {
		_, err := req.Client.Application(ctx, application)
		return "", missing(err, application)
	}
	write := change{client: req.Client, application: application, wanted: wanted, holds: now.members()}
	err = write.run(ctx, now)
	if err != nil && write.acted {
		req.Partial = true
		req.Plan.Users = write.keepAdded(ctx, &req.Request, now.members()).list()
	}
	return "", missing(err, application)
}

func (listResource) Read(ctx context.Context, req *framework.ReadRequest[model]) (etag string, err error) {
	req.State.ID = req.State.ApplicationID
	now, err := assigned(ctx, req.Client, req.State.ApplicationID.ValueString())
	if err != nil {
		return "", err
	}
	holds := now.members()
	added, unfinished, err := addedOnly(ctx, req.Private)
	if err != nil {
		return "", err
	}
	if unfinished {
		holds = holds.only(added)
	}
	req.State.Users = holds.list()
	return "", nil
}

func (listResource) Update(ctx context.Context, req *framework.UpdateRequest[model]) (etag string, err error) {
	wanted, err := membersOf(req.Plan.Users)
	if err != nil {
		return "", err
	}
	// A list that was untainted is complete: from the next read on it has all users.
	req.Diags.Append(framework.DeletePrivate(ctx, req.Private, keyAdded)...)
	return "", rewrite(ctx, req.Client, req.State, wanted, false)
}

func (listResource) Delete(ctx context.Context, req *framework.DeleteRequest[model]) error {
	added, unfinished, err := addedOnly(ctx, req.Private)
	if err != nil {
		return err
	}
	if unfinished {
		listed, err := membersOf(req.State.Users)
		if err != nil {
			return err
		}
		req.State.Users = listed.only(added).list()
	}
	return rewrite(ctx, req.Client, req.State, members{}, unfinished || req.Unfinished)
}

// rewrite takes the list from what state says to what is wanted; of others than
// state and wanted name it looks away where partly is true. If it fails half
// way, state says what holds.
func rewrite(ctx context.Context, client *atm.Client, state *model, wanted members, partly bool) error {
	prior, err := membersOf(state.Users)
	if err != nil || prior.equal(wanted) {
		return err
	}
	now, err := assigned(ctx, client, state.ApplicationID.ValueString())
	if err != nil {
		return err
	}
	write := change{client: client, application: state.ApplicationID.ValueString(), wanted: wanted, holds: prior, partly: partly}
	err = write.run(ctx, now)
	if err != nil && write.acted {
		state.Users = write.holds.list()
	}
	return err
}

func (listResource) ResolveImportID(ctx context.Context, client *atm.Client, id string) (map[string]string, error) {
	if framework.LooksLikeID(id) {
		return map[string]string{"application_id": id}, nil
	}
	names, err := framework.Path(id, 3)
	if err != nil {
		return nil, err
	}
	application, err := client.ApplicationAt(ctx, names[0], names[1], names[2])
	if err != nil {
		return nil, err
	}
	return map[string]string{"application_id": application.Id}, nil
}
