package suite

import (
	"context"
	"iter"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// NewListResource is the list resource atm_suite.
var NewListResource = framework.NewList(framework.ListSpec[filters, model, atm.Suite]{
	Type:        "suite",
	Schema:      sync.OnceValue(listSchema),
	Each:        each,
	Model:       listed,
	DisplayName: func(suite *atm.Suite) string { return suite.Name },
})

type filters struct {
	Name types.String `tfsdk:"name"`
}

func listSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.ListDoc("Lists suites", "Displayed by their names."),
		Attributes: map[string]schema.Attribute{
			"name": framework.ListName("Only the suite of this name."),
		},
	}
}

func each(ctx context.Context, client *atm.Client, by *filters, most int) iter.Seq2[*atm.Suite, error] {
	return client.EachSuite(ctx, atm.ListSuitesParams{Name: by.Name.ValueStringPointer()}, most)
}

func listed(_ context.Context, suite *atm.Suite) *model {
	var m model
	m.fill(suite, &framework.Op{})
	return &m
}
