package project

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// NewDataSource is the data source atm_project.
var NewDataSource = framework.NewLookup(framework.LookupSpec[lookup]{
	Type: "project",
	Keys: []string{"id", "path"},
	Read: func(ctx context.Context, client *atm.Client, m *lookup) error {
		project, err := look(ctx, client, m)
		if err != nil {
			return err
		}
		m.record = describe(project)
		return nil
	},
	Schema: sync.OnceValue(func() schema.Schema {
		return schema.Schema{
			MarkdownDescription: "A project, by its id or its path.",
			Attributes: map[string]schema.Attribute{
				"id":       framework.LookupKey("The project's id. Give this or `path`.", "path"),
				"path":     framework.LookupPath("SUITE/PROJECT"),
				"name":     framework.ComputedString("The project's name, unique in its suite."),
				"suite_id": framework.ComputedString("The id of the suite that the project is in."),
			},
		}
	}),
})

func look(ctx context.Context, client *atm.Client, m *lookup) (*atm.Project, error) {
	if !m.ID.IsNull() {
		return client.Project(ctx, m.ID.ValueString())
	}
	names, err := framework.Path(m.Path.ValueString(), 2)
	if err != nil {
		return nil, err
	}
	return client.ProjectAt(ctx, names[0], names[1])
}

// NewPluralDataSource is the data source atm_projects.
var NewPluralDataSource = framework.NewLookup(framework.LookupSpec[records]{
	Type: "projects",
	Read: func(ctx context.Context, client *atm.Client, m *records) error {
		projects, err := client.Projects(ctx, atm.ListProjectsParams{Name: framework.OptionalString(m.Name), SuiteId: framework.OptionalString(m.SuiteID), Ids: framework.OptionalIDs(m.IDs)})
		if err != nil {
			return err
		}
		m.Projects = make([]record, len(projects))
		for i := range projects {
			m.Projects[i] = describe(&projects[i])
		}
		return nil
	},
	Schema: sync.OnceValue(func() schema.Schema {
		return schema.Schema{
			MarkdownDescription: "The projects that the provider's user can see.",
			Attributes: map[string]schema.Attribute{
				"ids":      framework.IDsFilter("projects"),
				"name":     framework.Filter("Only projects with exactly this name; one in each suite at most."),
				"suite_id": framework.Filter("Only projects of the suite with this id."),
				"projects": schema.ListNestedAttribute{
					Computed: true, MarkdownDescription: "The projects, in the order of their creation.",
					NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
						"id":       framework.ComputedString("The project's id."),
						"name":     framework.ComputedString("The project's name."),
						"suite_id": framework.ComputedString("The id of the suite that the project is in."),
					}},
				},
			},
		}
	}),
})

// record is a project as data sources tell it.
type record struct {
	ID      types.String `tfsdk:"id"`
	Name    types.String `tfsdk:"name"`
	SuiteID types.String `tfsdk:"suite_id"`
}

type lookup struct {
	record
	Path types.String `tfsdk:"path"`
}

type records struct {
	IDs      []string     `tfsdk:"ids"`
	Name     types.String `tfsdk:"name"`
	SuiteID  types.String `tfsdk:"suite_id"`
	Projects []record     `tfsdk:"projects"`
}

func describe(project *atm.Project) record {
	return record{ID: types.StringValue(project.Id), Name: types.StringValue(project.Name), SuiteID: types.StringValue(project.SuiteId)}
}
