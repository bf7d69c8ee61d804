package suite

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type suiteLookup struct{}

// NewDataSource is the data source atm_suite.
var NewDataSource = framework.NewLookup[record]("suite", suiteLookup{}, "id", "name")

func (suiteLookup) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.Page("Reads one suite, by its id or its name.", framework.RoleReads, "no secret."),
		Attributes: map[string]schema.Attribute{
			"id":   framework.LookupKey("The suite's id. Give this or `name`.", "name"),
			"name": framework.LookupKey("The suite's name, unique among suites and compared case-sensitively. Give this or `id`."),
		},
	}
}

func (suiteLookup) Read(ctx context.Context, client *atm.Client, m *record) error {
	var suite *atm.Suite
	var err error
	if m.ID.IsNull() {
		suite, err = client.SuiteNamed(ctx, m.Name.ValueString())
	} else {
		suite, err = client.Suite(ctx, m.ID.ValueString())
	}
	if err != nil {
		return err
	}
	m.fill(suite)
	return nil
}

type suitesLookup struct{}

// NewPluralDataSource is the data source atm_suites.
var NewPluralDataSource = framework.NewLookup[records]("suites", suitesLookup{})

type records struct {
	IDs    []string     `tfsdk:"ids"`
	Name   types.String `tfsdk:"name"`
	Suites []record     `tfsdk:"suites"`
}

func (suitesLookup) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.Page("Reads the suites that the provider's user can see.", framework.RoleReads, "no secret."),
		Attributes: map[string]schema.Attribute{
			"ids":  framework.IDsFilter("suites"),
			"name": framework.Filter("Only the suite with exactly this name."),
			"suites": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The suites, in the order of their creation.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":   framework.ComputedString("The suite's id."),
					"name": framework.ComputedString("The suite's name."),
				}},
			},
		},
	}
}

func (suitesLookup) Read(ctx context.Context, client *atm.Client, m *records) error {
	suites, err := client.Suites(ctx, atm.ListSuitesParams{Name: m.Name.ValueStringPointer(), Ids: framework.OptionalIDs(m.IDs)})
	if err != nil {
		return err
	}
	m.Suites = make([]record, len(suites))
	for i := range suites {
		m.Suites[i].fill(&suites[i])
	}
	return nil
}
