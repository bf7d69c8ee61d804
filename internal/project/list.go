package project

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type projectList struct{}

// NewListResource is the list resource atm_project.
var NewListResource = framework.NewList[filters, model, atm.Project]("project", projectList{})

type filters struct {
	Name    types.String `tfsdk:"name"`
	SuiteID types.String `tfsdk:"suite_id"`
}

func (projectList) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.ListDoc("projects", "their names"),
		Attributes: map[string]schema.Attribute{
			"name":     framework.ListName("Only projects of this name; each suite may have one."),
			"suite_id": framework.ListID("a suite", "Only the projects in the suite of this id."),
		},
	}
}

func (projectList) Each(ctx context.Context, client *atm.Client, by *filters, most int) iter.Seq2[*atm.Project, error] {
	return client.EachProject(ctx, atm.ListProjectsParams{
		Name: by.Name.ValueStringPointer(), SuiteId: by.SuiteID.ValueStringPointer(),
	}, most)
}

func (projectList) Model(_ context.Context, project *atm.Project) *model {
	var m model
	m.fill(project)
	return &m
}

func (projectList) DisplayName(project *atm.Project) string { return project.Name }
