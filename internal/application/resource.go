// Package application is the Terraform resource atm_application: what gets a
// client id and a client secret, and with them tokens.
package application

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type applicationResource struct{}

var (
	_ framework.ResourceWithModifyPlan[model]     = applicationResource{}
	_ framework.ResourceWithValidateConfig[model] = applicationResource{}
)

// NewResource is atm_application.
var NewResource = framework.NewResource[model](framework.Definition{
	Type:        "application",
	ImportForms: "The import id is the application's id, or the names SUITE/PROJECT/APPLICATION.",
	ImportHint:  importHint,
}, applicationResource{})

// importHint is for the import that an error suggests: after it, Terraform does
// not know the client secret.
const importHint = "Terraform does not know the client secret after an import. To rotate the secret in the same apply, so that Terraform knows it, add to the resource:\n\n" +
	`secret_rotation = { on_unknown_secret = "rotate", previous_secret_expires_in = 86400 }` +
	"\n\nThe secret that ATM has now stays valid for that many seconds."

func (applicationResource) Scope(m *model) framework.Scope {
	return framework.Scope{SuiteID: m.SuiteID.ValueString(), ProjectID: m.ProjectID.ValueString()}
}

func (applicationResource) Create(ctx context.Context, req *framework.CreateRequest[model]) (etag string, err error) {
	secret, err := req.WriteOnly(ctx, "client_secret_wo", req.Plan.SecretWOVersion)
	if err != nil {
		return "", err
	}
	if err := req.Plan.revalidate(ctx); err != nil {
		return "", err
	}
	application, err := req.Client.CreateApplication(ctx, req.Key, req.Plan.create(ctx, secret))
	if err != nil {
		return "", req.Plan.refused(ctx, nil, err)
	}
	req.Plan.secret(application)
	req.Plan.ensureRotationSeed(ctx, &req.Request)
	return req.Plan.fill(ctx, application), nil
}

func (applicationResource) Read(ctx context.Context, req *framework.ReadRequest[model]) (etag string, err error) {
	application, err := req.Client.RefreshApplication(ctx, req.State.ID.ValueString(), req.State.place())
	if err != nil {
		return "", err
	}
	req.State.readSecret(ctx, application, req)
	req.State.ensureRotationSeed(ctx, &req.Request)
	return req.State.fill(ctx, application), nil
}

func (applicationResource) Update(ctx context.Context, req *framework.UpdateRequest[model]) (etag string, err error) {
	id, etag := req.State.ID.ValueString(), req.Etag
	secret, err := req.WriteOnly(ctx, "client_secret_wo", req.Plan.SecretWOVersion)
	if err != nil {
		return etag, err
	}
	if err := req.Plan.revalidate(ctx); err != nil {
		return etag, err
	}
	var current *atm.Application
	if patch, changed := req.Plan.patch(ctx, req.State); changed {
		if current, err = req.Client.UpdateApplication(ctx, id, etag, patch); err != nil {
			return etag, req.Plan.refused(ctx, req.State, err)
		}
		etag = req.Plan.fill(ctx, current)
		req.State.fill(ctx, current) // kept even if the rotation fails
	}
	if !req.Plan.hasSecret() {
		req.Plan.noSecret(ctx, &req.Request)
		req.Plan.ensureRotationSeed(ctx, &req.Request)
		return etag, nil
	}
	if !req.Plan.SecretVersion.IsUnknown() {
		return etag, nil
	}
	if current == nil {
		if current, err = req.Client.Application(ctx, id); err != nil {
			return etag, err
		}
	}
	rotated, err := rotate(ctx, req, cmp.Or(etag, current.Etag), current, req.Plan.rotation(secret))
	if err != nil {
		return etag, err
	}
	req.Plan.secret(rotated)
	req.Diags.Append(framework.DeletePrivate(ctx, req.Private, keyUnknownSecret)...)
	if rotated.SecretVersion > current.SecretVersion {
		etag = rotated.Etag // that of a replay is the one of then
	}
	return etag, nil
}

func (applicationResource) Delete(ctx context.Context, req *framework.DeleteRequest[model]) error {
	id := req.State.ID.ValueString()
	err := req.Client.DeleteApplication(ctx, id, req.Etag)
	if !atm.IsProblem(err, atm.ProblemHasUsers) {
		return err
	}
	if !req.State.ForceDestroy.ValueBool() {
		return &hasUsersError{err}
	}
	if err := req.Client.UnassignAllUsers(ctx, id); err != nil {
		return err
	}
	return req.Client.DeleteApplication(ctx, id, req.Etag)
}

func (applicationResource) ResolveImportID(ctx context.Context, client *atm.Client, id string) (map[string]string, error) {
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
