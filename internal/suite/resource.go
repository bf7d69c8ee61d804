// Package suite is the Terraform type atm_suite: the outermost container of
// ATM's console, which holds projects, applications and users.
package suite

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type suiteResource struct{}

// NewResource is atm_suite.
var NewResource = framework.NewResource[model](framework.Definition{
	Type:        "suite",
	ImportForms: "The import id is the suite's id or its name.",
}, suiteResource{})

func (suiteResource) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.Page("Manages a suite, the outermost container of ATM: it contains projects, which contain applications and users.",
			"a super admin. A suite admin can only rename its own suite.", "no secret.",
			"ATM does not delete a suite that contains something."),
		Attributes: map[string]schema.Attribute{
			"id":       framework.ID("suite"),
			"name":     framework.Name("Unique among suites."),
			"timeouts": framework.Timeouts(),
		},
	}
}

func (suiteResource) Scope(m *model) framework.Scope {
	return framework.Scope{SuiteID: m.ID.ValueString()}
}

func (suiteResource) Create(ctx context.Context, req *framework.CreateRequest[model]) (etag string, err error) {
	suite, err := req.Client.CreateSuite(ctx, req.Key, req.Plan.create())
	if err != nil {
		return "", err
	}
	return req.Plan.fill(suite), nil
}

func (suiteResource) Read(ctx context.Context, req *framework.ReadRequest[model]) (etag string, err error) {
	suite, err := req.Client.RefreshSuite(ctx, req.State.ID.ValueString())
	if err != nil {
		return "", err
	}
	return req.State.fill(suite), nil
}

func (suiteResource) Update(ctx context.Context, req *framework.UpdateRequest[model]) (etag string, err error) {
	patch := req.Plan.patch(req.State)
	if patch == (atm.SuitePatch{}) {
		return "", nil // only what ATM knows nothing of
	}
	suite, err := req.Client.UpdateSuite(ctx, req.State.ID.ValueString(), req.Etag, patch)
	if err != nil {
		return "", err
	}
	return req.Plan.fill(suite), nil
}

func (suiteResource) Delete(ctx context.Context, req *framework.DeleteRequest[model]) error {
	return req.Client.DeleteSuite(ctx, req.State.ID.ValueString(), req.Etag)
}

func (suiteResource) ResolveImportID(ctx context.Context, client *atm.Client, id string) (map[string]string, error) {
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
