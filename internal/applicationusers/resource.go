package applicationusers

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

var (
	_ resource.ResourceWithIdentity       = (*framework.Resource[model])(nil)
	_ resource.ResourceWithImportState    = (*framework.Resource[model])(nil)
	_ resource.ResourceWithModifyPlan     = (*framework.Resource[model])(nil)
	_ resource.ResourceWithValidateConfig = (*framework.Resource[model])(nil)
)

// NewResource is atm_application_users.
var NewResource = framework.New(framework.Spec[model]{
	Type:            "application_users",
	Schema:          sync.OnceValue(resourceSchema),
	Identity:        []string{"application_id"},
	ImportForms:     "The import id is the application's id, or the names SUITE/PROJECT/APPLICATION.",
	Validate:        validate,
	Scope:           func(m *model) framework.Scope { return framework.Scope{ApplicationID: m.ApplicationID.ValueString()} },
	Create:          create,
	Resolved:        resolved,
	Read:            read,
	Update:          update,
	Delete:          deleteAssignments,
	ResolveImportID: resolveImportID,
})

func resourceSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "The complete list of one application's users: the whole *Application Users* tab. Users that are not in it get no tokens of the application." +
			" A thousand users need only a few requests, whereas `atm_application_user` needs one for each user.\n\n" +
			"Do not use it beside `atm_application_user` on the same application: this resource removes what it does not list, and each would undo the other.\n\n" +
			"~> A create removes no users. If the application already has users that are not in `users`, the create returns an error that lists them:" +
			" add them, or import the list, after which the plan shows them as removals. A user who was assigned, removed or toggled outside Terraform after the last plan is also an error, which names the user; nothing is written.",
		Attributes: map[string]schema.Attribute{
			"application_id": framework.Parent("The application's id. Another value replaces the list: the old application's users are removed.", true),
			attributeUsers: schema.ListAttribute{
				Required: true, ElementType: userType, MarkdownDescription: docUsers,
				PlanModifiers: []planmodifier.List{enabledByDefault{}},
			},
			"timeouts": framework.Timeouts(),
		},
	}
}

func create(ctx context.Context, op *framework.Op, plan *model) error {
	application := plan.ApplicationID.ValueString()
	wanted, err := membersOf(plan.Users)
	if err != nil {
		return err
	}
	now, err := list(ctx, op.Client, application)
	if err != nil {
		return err
	}
	if others := now.members().without(wanted); len(others) > 0 {
		return strangers(ctx, op.Client, application, others)
	}
	if len(wanted) == 0 {
		_, err := op.Client.Application(ctx, application)
		return missing(err, application)
	}
	write := change{client: op.Client, application: application, wanted: wanted, holds: now.members()}
	err = write.run(ctx, now)
	if err != nil && write.acted {
		op.Partial = true
		plan.Users = write.keepAdded(ctx, op, now.members()).list()
	}
	return missing(err, application)
}

func read(ctx context.Context, op *framework.Op, state *model) error {
	application := state.ApplicationID.ValueString()
	now, err := assigned(ctx, op.Client, application)
	if err != nil {
		return err
	}
	holds := now.members()
	added, unfinished, err := addedOnly(ctx, op)
	if err != nil {
		return err
	}
	if unfinished {
		holds = holds.only(added)
	}
	state.Users = holds.list()
	return nil
}

func update(ctx context.Context, op *framework.Op, plan, state *model) error {
	wanted, err := membersOf(plan.Users)
	if err != nil {
		return err
	}
	// A list that was untainted is complete: from the next read on it has everybody.
	op.Diags.Append(framework.DeletePrivate(ctx, op.Private, keyAdded)...)
	return rewrite(ctx, op, state, wanted, false)
}

func deleteAssignments(ctx context.Context, op *framework.Op, state *model) error {
	added, unfinished, err := addedOnly(ctx, op)
	if err != nil {
		return err
	}
	if unfinished {
		listed, err := membersOf(state.Users)
		if err != nil {
			return err
		}
		state.Users = listed.only(added).list()
	}
	return rewrite(ctx, op, state, members{}, unfinished || op.Unfinished)
}

// rewrite takes the list from what state says to what is wanted; of others than
// state and wanted name it looks away where partly is true. If it fails half
// way, state says what holds.
func rewrite(ctx context.Context, op *framework.Op, state *model, wanted members, partly bool) error {
	prior, err := membersOf(state.Users)
	if err != nil || prior.equal(wanted) {
		return err
	}
	now, err := assigned(ctx, op.Client, state.ApplicationID.ValueString())
	if err != nil {
		return err
	}
	write := change{client: op.Client, application: state.ApplicationID.ValueString(), wanted: wanted, holds: prior, partly: partly}
	err = write.run(ctx, now)
	if err != nil && write.acted {
		state.Users = write.holds.list()
	}
	return err
}

func resolveImportID(ctx context.Context, client *atm.Client, id string) (map[string]string, error) {
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
