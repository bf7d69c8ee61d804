package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tci-pf/terraform-provider-atm/internal/suite"
)

// Resources implements provider.Provider.
func (p *atmProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		suite.NewResource,
	}
}

func dataSources() []func() datasource.DataSource {
	return nil
}
