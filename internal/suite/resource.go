// Package suite is the Terraform type atm_suite: the outermost container of
// ATM's console, which holds projects, applications and users.
package suite

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

// NewResource is atm_suite.
var NewResource = framework.New(framework.Spec[model]{
	Type:            "suite",
	Schema:          sync.OnceValue(resourceSchema),
	ImportForms:     "The import id is the suite's id or its name.",
	Scope:           func(m *model) framework.Scope { return framework.Scope{SuiteID: m.ID.ValueString()} },
	Create:          create,
	Read:            read,
	Update:          update,
	Delete:          deleteSuite,
	ResolveImportID: resolveImportID,
})

func resourceSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A suite: the outermost container of projects, applications and users. Only a super admin can create a suite." +
			" A suite that contains something cannot be deleted.",
		Attributes: map[string]schema.Attribute{
			"id":       framework.ID("suite"),
			"name":     framework.Name("Unique among suites."),
			"timeouts": framework.Timeouts(),
		},
	}
}

func create(ctx context.Context, op *framework.Op, plan *model) error {
	suite, err := op.Client.CreateSuite(ctx, op.Key, plan.create())
	if err != nil {
		return err
	}
	plan.fill(suite, op)
	return nil
}

func read(ctx context.Context, op *framework.Op, state *model) error {
	suite, err := op.Client.RefreshSuite(ctx, state.ID.ValueString())
	if err != nil {
		return err
	}
	state.fill(suite, op)
	return nil
}

func update(ctx context.Context, op *framework.Op, plan, state *model) error {
	patch := plan.patch(state)
	if patch == (atm.SuitePatch{}) {
		plan.ID = state.ID // only what ATM knows nothing of
		return nil
	}
	suite, err := op.Client.UpdateSuite(ctx, state.ID.ValueString(), op.Etag, patch)
	if err != nil {
		return err
	}
	plan.fill(suite, op)
	return nil
}

func deleteSuite(ctx context.Context, op *framework.Op, state *model) error {
	return op.Client.DeleteSuite(ctx, state.ID.ValueString(), op.Etag)
}

func resolveImportID(ctx context.Context, client *atm.Client, id string) (map[string]string, error) {
	if framework.LooksLikeID(id) {
		// A name may look like an id; an id is looked for first.
		suite, err := client.Suite(ctx, id)
		if err == nil {
			return map[string]string{"id": suite.Id}, nil
		}
		if !atm.IsNotFound(err) {
			return nil, err
		}
	}
	suite, err := client.SuiteNamed(ctx, id)
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": suite.Id}, nil
}
