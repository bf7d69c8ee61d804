package suite

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type suiteList struct{}

// NewListResource is the list resource atm_suite.
var NewListResource = framework.NewList[filters, model, atm.Suite]("suite", suiteList{})

type filters struct {
	Name types.String `tfsdk:"name"`
}

func (suiteList) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: framework.ListDoc("suites", "their names"),
		Attributes: map[string]schema.Attribute{
			"name": framework.ListName("Only the suite of this name."),
		},
	}
}

func (suiteList) Each(ctx context.Context, client *atm.Client, by *filters, most int) iter.Seq2[*atm.Suite, error] {
	return client.EachSuite(ctx, atm.ListSuitesParams{Name: by.Name.ValueStringPointer()}, most)
}

func (suiteList) Model(_ context.Context, suite *atm.Suite) *model {
	var m model
	m.fill(suite)
	return &m
}

func (suiteList) DisplayName(suite *atm.Suite) string { return suite.Name }
