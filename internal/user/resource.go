// Package user is the Terraform type atm_user.
package user

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type userResource struct{}

var _ framework.ResourceWithValidateConfig[model] = userResource{}

// NewResource is atm_user.
var NewResource = framework.NewResource[model](framework.Definition{
	Type:        "user",
	ImportForms: "The import id is the user's id or email address.",
}, userResource{})

func (userResource) Scope(m *model) framework.Scope {
	return framework.Scope{SuiteID: m.SuiteID.ValueString(), ProjectID: m.ProjectID.ValueString()}
}

func (userResource) Create(ctx context.Context, req *framework.CreateRequest[model]) (etag string, err error) {
	password, err := req.WriteOnly(ctx, "password_wo", req.Plan.PasswordVersion)
	if err != nil {
		return "", err
	}
	user, err := req.Client.CreateUser(ctx, req.Key, req.Plan.create(password))
	if err != nil {
		return "", err
	}
	return req.Plan.fill(user), nil
}

func (userResource) Read(ctx context.Context, req *framework.ReadRequest[model]) (etag string, err error) {
	user, err := req.Client.RefreshUser(ctx, req.State.ID.ValueString(), req.State.place())
	if err != nil {
		return "", err
	}
	if req.Recovered {
		// A user that is only disabled would keep the email address that its replacement needs.
		req.State.OnDestroy = types.StringValue(onDestroyDelete)
	}
	if req.Imported {
		req.Diags.Append(framework.SetPrivate(ctx, req.Private, keyAdopted, true)...)
	}
	return req.State.fill(user), nil
}

func (userResource) Update(ctx context.Context, req *framework.UpdateRequest[model]) (etag string, err error) {
	id := req.State.ID.ValueString()
	password, err := req.WriteOnly(ctx, "password_wo", req.Plan.PasswordVersion)
	if err != nil {
		return "", err
	}
	if patch, changed := req.Plan.patch(req.State); changed {
		user, err := req.Client.UpdateUser(ctx, id, req.Etag, patch)
		if err != nil {
			return "", err
		}
		etag = req.Plan.fill(user)
		req.State.fill(user) // kept even if the password fails
	}
	before, now := req.State.PasswordVersion, req.Plan.PasswordVersion
	if now.IsNull() || now.Equal(before) {
		return etag, nil
	}
	first := before.IsNull() && adopted(ctx, req.Private)
	req.Diags.Append(framework.DeletePrivate(ctx, req.Private, keyAdopted)...)
	if first {
		return etag, nil // the user keeps the password that it was imported with
	}
	return etag, req.Client.SetPassword(ctx, id, req.Key, password.ValueString())
}

func (userResource) Delete(ctx context.Context, req *framework.DeleteRequest[model]) error {
	id := req.State.ID.ValueString()
	// A user that is only disabled would keep the email address that its replacement needs.
	if req.Recovered || req.State.OnDestroy.ValueString() != onDestroyDisable {
		return req.Client.DeleteUser(ctx, id, req.Etag)
	}
	_, err := req.Client.UpdateUser(ctx, id, req.Etag, atm.UserPatch{Enabled: disabled})
	return err
}

func (userResource) ResolveImportID(ctx context.Context, client *atm.Client, id string) (map[string]string, error) {
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

func (userResource) ValidateConfig(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	framework.ValidateWriteOnly(ctx, config, "password_wo", "a password", diags)
}

// keyAdopted marks in private state a user that was imported and has had no
// version since: what password it has stays until the version changes.
const keyAdopted = "adopted"

func adopted(ctx context.Context, private framework.Getter) bool {
	var adopted bool
	_, _ = framework.Private(ctx, private, keyAdopted, &adopted)
	return adopted
}
