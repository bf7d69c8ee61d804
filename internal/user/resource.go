// Package user is the Terraform type atm_user.
package user

import (
	"context"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

var (
	_ resource.ResourceWithIdentity       = (*framework.Resource[model])(nil)
	_ resource.ResourceWithImportState    = (*framework.Resource[model])(nil)
	_ resource.ResourceWithModifyPlan     = (*framework.Resource[model])(nil)
	_ resource.ResourceWithValidateConfig = (*framework.Resource[model])(nil)
)

// NewResource is atm_user.
var NewResource = framework.New(framework.Spec[model]{
	Type:            "user",
	Schema:          sync.OnceValue(resourceSchema),
	ImportForms:     "The import id is the user's id or email address.",
	Validate:        validate,
	Scope:           scope,
	Create:          create,
	Read:            read,
	Update:          update,
	Delete:          deleteUser,
	ResolveImportID: resolveImportID,
})

func scope(m *model) framework.Scope {
	return framework.Scope{SuiteID: m.SuiteID.ValueString(), ProjectID: m.ProjectID.ValueString()}
}

func create(ctx context.Context, op *framework.Op, plan *model) error {
	password, err := op.WriteOnly(ctx, "password_wo", plan.PasswordVersion)
	if err != nil {
		return err
	}
	user, err := op.Client.CreateUser(ctx, op.Key, plan.create(password))
	if err != nil {
		return err
	}
	plan.fill(user, op)
	return nil
}

func read(ctx context.Context, op *framework.Op, state *model) error {
	user, err := op.Client.RefreshUser(ctx, state.ID.ValueString(), state.place())
	if err != nil {
		return err
	}
	state.fill(user, op)
	state.defaults()
	if op.Recovered {
		// A user that is only disabled would keep the email address that its replacement needs.
		state.OnDestroy = types.StringValue(onDestroyDelete)
	}
	op.Adopted(ctx)
	return nil
}

func update(ctx context.Context, op *framework.Op, plan, state *model) error {
	id := state.ID.ValueString()
	password, err := op.WriteOnly(ctx, "password_wo", plan.PasswordVersion)
	if err != nil {
		return err
	}
	if patch, changed := plan.patch(state); changed {
		user, err := op.Client.UpdateUser(ctx, id, op.Etag, patch)
		if err != nil {
			return err
		}
		plan.fill(user, op)
		state.fill(user, op) // stands even if the password fails
	}
	plan.ID = state.ID
	if !op.NewVersion(ctx, state.PasswordVersion, plan.PasswordVersion) {
		return nil
	}
	return op.Client.SetPassword(ctx, id, op.Key, password.ValueString())
}

func deleteUser(ctx context.Context, op *framework.Op, state *model) error {
	id := state.ID.ValueString()
	// A user that is only disabled would keep the email address that its replacement needs.
	if op.Recovered || state.OnDestroy.ValueString() != onDestroyDisable {
		return op.Client.DeleteUser(ctx, id, op.Etag)
	}
	_, err := op.Client.UpdateUser(ctx, id, op.Etag, atm.UserPatch{Enabled: disabled})
	return err
}

func resolveImportID(ctx context.Context, client *atm.Client, id string) (map[string]string, error) {
	if framework.LooksLikeID(id) {
		return map[string]string{"id": id}, nil
	}
	if !strings.Contains(id, "@") {
		return nil, framework.ErrImportForm
	}
	user, err := client.UserWithEmail(ctx, id)
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": user.Id}, nil
}

func validate(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	framework.ValidateWriteOnly(ctx, config, "password_wo", "a password", diags)
}
