// Package project is the Terraform type atm_project: what a suite of ATM's
// console is divided into; it holds applications and users.
package project

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type projectResource struct{}

// NewResource is atm_project.
var NewResource = framework.NewResource[model](framework.Definition{
	Type:        "project",
	ImportForms: "The import id is the project's id, or the names SUITE/PROJECT.",
}, projectResource{})

func (projectResource) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.Page("Manages a project, a part of a suite that contains applications and users.", framework.RoleManages, "no secret.",
			"ATM does not delete a project that contains something."),
		Attributes: map[string]schema.Attribute{
			"id":       framework.ID("project"),
			"name":     framework.Name("Unique in the suite."),
			"suite_id": framework.Parent("The id of the suite that the project is in. ATM cannot move a project: another value replaces it.", true),
			"timeouts": framework.Timeouts(),
		},
	}
}

func (projectResource) Scope(m *model) framework.Scope {
	return framework.Scope{SuiteID: m.SuiteID.ValueString(), ProjectID: m.ID.ValueString()}
}

func (projectResource) Create(ctx context.Context, req *framework.CreateRequest[model]) (etag string, err error) {
	project, err := req.Client.CreateProject(ctx, req.Key, req.Plan.create())
	if err != nil {
		return "", err
	}
	return req.Plan.fill(project), nil
}

func (projectResource) Read(ctx context.Context, req *framework.ReadRequest[model]) (etag string, err error) {
	project, err := req.Client.RefreshProject(ctx, req.State.ID.ValueString(), atm.Scope{SuiteID: req.State.SuiteID.ValueString()})
	if err != nil {
		return "", err
	}
	return req.State.fill(project), nil
}

func (projectResource) Update(ctx context.Context, req *framework.UpdateRequest[model]) (etag string, err error) {
	patch := req.Plan.patch(req.State)
	if patch == (atm.ProjectPatch{}) {
		return "", nil
	}
	project, err := req.Client.UpdateProject(ctx, req.State.ID.ValueString(), req.Etag, patch)
	if err != nil {
		return "", err
	}
	return req.Plan.fill(project), nil
}

func (projectResource) Delete(ctx context.Context, req *framework.DeleteRequest[model]) error {
	return req.Client.DeleteProject(ctx, req.State.ID.ValueString(), req.Etag)
}

func (projectResource) ResolveImportID(ctx context.Context, client *atm.Client, id string) (map[string]string, error) {
	if framework.LooksLikeID(id) {
		return map[string]string{"id": id}, nil
	}
	names, err := framework.Path(id, 2)
	if err != nil {
		return nil, err
	}
	project, err := client.ProjectAt(ctx, names[0], names[1])
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": project.Id}, nil
}
