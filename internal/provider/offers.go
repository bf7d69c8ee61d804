package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tci-pf/terraform-provider-atm/internal/application"
	"github.com/tci-pf/terraform-provider-atm/internal/applicationuser"
	"github.com/tci-pf/terraform-provider-atm/internal/jwks"
	"github.com/tci-pf/terraform-provider-atm/internal/project"
	"github.com/tci-pf/terraform-provider-atm/internal/suite"
	"github.com/tci-pf/terraform-provider-atm/internal/token"
	"github.com/tci-pf/terraform-provider-atm/internal/user"
)

// This file is the one list of everything the provider offers.

// Resources implements provider.Provider.
func (p *atmProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		application.NewResource,
		applicationuser.NewResource,
		project.NewResource,
		suite.NewResource,
		user.NewResource,
	}
}

// DataSources implements provider.Provider.
func (p *atmProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		jwks.NewDataSource,
		token.NewDataSource,
	}
}
