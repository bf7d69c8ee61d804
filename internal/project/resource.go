// Package project is the Terraform type atm_project: what a suite of ATM's
// console is divided into; it holds applications and users.
package project

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

var (
	_ resource.ResourceWithIdentity    = (*framework.Resource[model])(nil)
	_ resource.ResourceWithImportState = (*framework.Resource[model])(nil)
	_ resource.ResourceWithModifyPlan  = (*framework.Resource[model])(nil)
)

// NewResource is atm_project.
var NewResource = framework.New(framework.Spec[model]{
	Type:            "project",
	Schema:          sync.OnceValue(resourceSchema),
	ImportForms:     "The import id is the project's id, or the names SUITE/PROJECT.",
	Replace:         []string{"suite_id"},
	Scope:           scope,
	Create:          create,
	Read:            read,
	Update:          update,
	Delete:          deleteProject,
	ResolveImportID: resolveImportID,
})

func resourceSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A project in a suite. A project that contains applications or users cannot be deleted.",
		Attributes: map[string]schema.Attribute{
			"id":       framework.ID("project"),
			"name":     framework.Name("Unique in the suite."),
			"suite_id": framework.Parent("The id of the suite that the project is in. ATM cannot move a project: another value replaces it.", true),
			"timeouts": framework.Timeouts(),
		},
	}
}

func scope(m *model) framework.Scope {
	return framework.Scope{SuiteID: m.SuiteID.ValueString(), ProjectID: m.ID.ValueString()}
}

func create(ctx context.Context, op *framework.Op, plan *model) error {
	project, err := op.Client.CreateProject(ctx, op.Key, plan.create())
	if err != nil {
		return err
	}
	plan.fill(project, op)
	return nil
}

func read(ctx context.Context, op *framework.Op, state *model) error {
	project, err := op.Client.RefreshProject(ctx, state.ID.ValueString(), atm.Scope{SuiteID: state.SuiteID.ValueString()})
	if err != nil {
		return err
	}
	state.fill(project, op)
	return nil
}

func update(ctx context.Context, op *framework.Op, plan, state *model) error {
	patch := plan.patch(state)
	if patch == (atm.ProjectPatch{}) {
		plan.ID = state.ID
		return nil
	}
	project, err := op.Client.UpdateProject(ctx, state.ID.ValueString(), op.Etag, patch)
	if err != nil {
		return err
	}
	plan.fill(project, op)
	return nil
}

func deleteProject(ctx context.Context, op *framework.Op, state *model) error {
	return op.Client.DeleteProject(ctx, state.ID.ValueString(), op.Etag)
}

func resolveImportID(ctx context.Context, client *atm.Client, id string) (map[string]string, error) {
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
