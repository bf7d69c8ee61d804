// Package application is the Terraform resource atm_application: what gets a
// client id and a client secret, and with them tokens.
package application

import (
	"context"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

var (
	_ resource.ResourceWithIdentity       = (*framework.Resource[model])(nil)
	_ resource.ResourceWithImportState    = (*framework.Resource[model])(nil)
	_ resource.ResourceWithModifyPlan     = (*framework.Resource[model])(nil)
	_ resource.ResourceWithValidateConfig = (*framework.Resource[model])(nil)
)

// NewResource is atm_application.
var NewResource = framework.New(framework.Spec[model]{
	Type:            "application",
	Schema:          sync.OnceValue(resourceSchema),
	ImportForms:     "The import id is the application's id, or the names SUITE/PROJECT/APPLICATION.",
	Replace:         []string{"authenticator_type"},
	Validate:        validate,
	ModifyPlan:      modifyPlan,
	Scope:           scope,
	ImportHint:      importHint,
	Create:          create,
	Read:            read,
	Update:          update,
	Delete:          deleteApplication,
	ResolveImportID: resolveImportID,
})

// importHint is for the import that an error suggests: after it, Terraform does
// not know the client secret.
const importHint = "Terraform does not know the client secret after an import. To rotate the secret in the same apply, so that Terraform knows it, add to the resource:\n\n" +
	`secret_rotation = { on_unknown_secret = "rotate", previous_secret_expires_in = 86400 }` +
	"\n\nThe secret that ATM has now stays valid for that many seconds."

func scope(m *model) framework.Scope {
	return framework.Scope{SuiteID: m.SuiteID.ValueString(), ProjectID: m.ProjectID.ValueString()}
}

func create(ctx context.Context, op *framework.Op, plan *model) error {
	secret, err := op.WriteOnly(ctx, "client_secret_wo", plan.SecretWOVersion)
	if err != nil {
		return err
	}
	application, err := op.Client.CreateApplication(ctx, op.Key, plan.create(ctx, secret))
	if err != nil {
		return err
	}
	plan.fill(ctx, application, op)
	plan.secret(application)
	rotationSeed(ctx, op)
	return nil
}

func read(ctx context.Context, op *framework.Op, state *model) error {
	application, err := op.Client.RefreshApplication(ctx, state.ID.ValueString(), state.place())
	if err != nil {
		return err
	}
	state.readSecret(ctx, application, op)
	state.fill(ctx, application, op)
	state.defaults()
	rotationSeed(ctx, op)
	return nil
}

func update(ctx context.Context, op *framework.Op, plan, state *model) error {
	id := state.ID.ValueString()
	secret, err := op.WriteOnly(ctx, "client_secret_wo", plan.SecretWOVersion)
	if err != nil {
		return err
	}
	var current *atm.Application
	if patch, changed := plan.patch(ctx, state); changed {
		if current, err = op.Client.UpdateApplication(ctx, id, op.Etag, patch); err != nil {
			return err
		}
		plan.fill(ctx, current, op)
		state.fill(ctx, current, op) // stands even if the rotation fails
	}
	if !plan.SecretVersion.IsUnknown() {
		return nil
	}
	if current == nil {
		if current, err = op.Client.Application(ctx, id); err != nil {
			return err
		}
	}
	rotated, err := rotate(ctx, op, state.SecretVersion.ValueInt64(), current, plan.rotation(secret))
	if err != nil {
		return err
	}
	plan.secret(rotated)
	if rotated.SecretVersion > current.SecretVersion {
		op.Etag = rotated.Etag // that of a replay is the one of then
	}
	op.Diags.Append(framework.DeletePrivate(ctx, op.Private, keyUnknownSecret)...)
	return nil
}

func deleteApplication(ctx context.Context, op *framework.Op, state *model) error {
	id := state.ID.ValueString()
	err := op.Client.DeleteApplication(ctx, id, op.Etag)
	if !atm.IsProblem(err, atm.ProblemHasUsers) {
		return err
	}
	if !state.ForceDestroy.ValueBool() {
		return &hasUsersError{err}
	}
	if err := op.Client.UnassignAllUsers(ctx, id); err != nil {
		return err
	}
	return op.Client.DeleteApplication(ctx, id, op.Etag)
}

func resolveImportID(ctx context.Context, client *atm.Client, id string) (map[string]string, error) {
	if framework.LooksLikeID(id) {
		return map[string]string{"id": id}, nil
	}
	names, err := framework.Path(id, 3)
	if err != nil {
		return nil, err
	}
	application, err := client.ApplicationAt(ctx, names[0], names[1], names[2])
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": application.Id}, nil
}

// hasUsersError is ATM's refusal to delete an application that has users.
type hasUsersError struct{ err error }

func (e *hasUsersError) Error() string { return e.err.Error() }
func (e *hasUsersError) Unwrap() error { return e.err }

// Diagnose implements [framework.Diagnosable].
func (e *hasUsersError) Diagnose(diags *diag.Diagnostics) {
	diags.AddError("The application has users",
		"ATM does not delete an application that has users. Terraform removes the assignments that it manages first;"+
			" the remaining users were assigned outside Terraform. Remove them in ATM's console, or set force_destroy = true, apply, and destroy again:"+
			fmt.Sprintf(" Terraform then removes all assignments first.\n\n%v", e.err))
}
