// Command empty is a provider that offers nothing, built on the same framework
// as terraform-provider-atm. "make bench" holds the start of the provider
// against it.
//
// It is never released.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return empty{} }, providerserver.ServeOpts{
		Address: "registry.terraform.io/tci-pf/atm",
	})
	if err != nil {
		log.Fatalf("serve the empty provider: %s", err)
	}
}

type empty struct{}

// Metadata implements provider.Provider.
func (empty) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "atm"
}

// Schema implements provider.Provider.
func (empty) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

// Configure implements provider.Provider.
func (empty) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

// Resources implements provider.Provider.
func (empty) Resources(context.Context) []func() resource.Resource { return nil }

// DataSources implements provider.Provider.
func (empty) DataSources(context.Context) []func() datasource.DataSource { return nil }
