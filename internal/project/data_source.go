package project

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type projectLookup struct{}

// NewDataSource is the data source atm_project.
var NewDataSource = framework.NewLookup[lookup]("project", projectLookup{}, "id", "path")

type lookup struct {
	record
	Path types.String `tfsdk:"path"`
}

func (projectLookup) Schema() schema.Schema {
	attributes := recordAttributes()
	attributes["id"] = framework.LookupKey("The project's id. Give this or `path`.", "path")
	attributes["path"] = framework.LookupPath("SUITE/PROJECT")
	return schema.Schema{
		MarkdownDescription: framework.Page("Reads one project, by its id or its path.", framework.RoleReads, "no secret."),
		Attributes:          attributes,
	}
}

func (projectLookup) Read(ctx context.Context, client *atm.Client, m *lookup) error {
	project, err := look(ctx, client, m)
	if err != nil {
		return err
	}
	m.fill(project)
	return nil
}

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

type projectsLookup struct{}

// NewPluralDataSource is the data source atm_projects.
var NewPluralDataSource = framework.NewLookup[records]("projects", projectsLookup{})

type records struct {
	IDs      []string     `tfsdk:"ids"`
	Name     types.String `tfsdk:"name"`
	SuiteID  types.String `tfsdk:"suite_id"`
	Projects []record     `tfsdk:"projects"`
}

func (projectsLookup) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.Page("Reads the projects that the provider's user can see.", framework.RoleReads, "no secret."),
		Attributes: map[string]schema.Attribute{
			"ids":      framework.IDsFilter("projects"),
			"name":     framework.Filter("Only projects with exactly this name; one in each suite at most."),
			"suite_id": framework.Filter("Only projects of the suite with this id."),
			"projects": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The projects, in the order of their creation.",
				NestedObject: schema.NestedAttributeObject{Attributes: recordAttributes()},
			},
		},
	}
}

func (projectsLookup) Read(ctx context.Context, client *atm.Client, m *records) error {
	projects, err := client.Projects(ctx, atm.ListProjectsParams{Name: m.Name.ValueStringPointer(), SuiteId: m.SuiteID.ValueStringPointer(), Ids: framework.OptionalIDs(m.IDs)})
	if err != nil {
		return err
	}
	m.Projects = make([]record, len(projects))
	for i := range projects {
		m.Projects[i].fill(&projects[i])
	}
	return nil
}

func recordAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":       framework.ComputedString("The project's id."),
		"name":     framework.ComputedString("The project's name, unique in its suite."),
		"suite_id": framework.ComputedString("The id of the suite that the project is in."),
	}
}
