// Package idle makes of a provider one with the same schemas that does nothing:
// what Terraform takes with it is the cost of Terraform, of the plugin protocol
// and of the framework.
package idle

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// floor offers the resources of another provider, with its block.
type floor struct {
	provider.Provider
}

// New returns the constructor of the idle provider.
func New(of func() provider.Provider) func() provider.Provider {
	return func() provider.Provider { return floor{of()} }
}

// Configure implements provider.Provider.
func (floor) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

// Resources implements provider.Provider: all but those that are no objects
// of ATM's (a token has no identity).
func (f floor) Resources(ctx context.Context) []func() resource.Resource {
	var idles []func() resource.Resource
	for _, of := range f.Provider.Resources(ctx) {
		if _, ok := of().(described); ok {
			idles = append(idles, func() resource.Resource { return &idle{of().(described)} })
		}
	}
	return idles
}

// DataSources implements provider.Provider: the benchmark uses none.
func (floor) DataSources(context.Context) []func() datasource.DataSource { return nil }
