package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tci-pf/terraform-provider-atm/internal/application"
	"github.com/tci-pf/terraform-provider-atm/internal/applicationuser"
	"github.com/tci-pf/terraform-provider-atm/internal/applicationusers"
	"github.com/tci-pf/terraform-provider-atm/internal/caller"
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
		applicationusers.NewResource,
		project.NewResource,
		suite.NewResource,
		token.NewResource,
		user.NewResource,
	}
}

// DataSources implements provider.Provider.
func (p *atmProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		application.NewDataSource,
		application.NewPluralDataSource,
		applicationuser.NewPluralDataSource,
		caller.NewDataSource,
		jwks.NewDataSource,
		project.NewDataSource,
		project.NewPluralDataSource,
		suite.NewDataSource,
		suite.NewPluralDataSource,
		token.NewDataSource,
		user.NewDataSource,
		user.NewPluralDataSource,
	}
}

// EphemeralResources implements provider.ProviderWithEphemeralResources.
func (p *atmProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		token.NewEphemeralResource,
	}
}

// ListResources implements provider.ProviderWithListResources.
func (p *atmProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		application.NewListResource,
		applicationuser.NewListResource,
		project.NewListResource,
		suite.NewListResource,
		user.NewListResource,
	}
}

// Functions implements provider.ProviderWithFunctions.
func (p *atmProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		token.NewDecodeFunction,
		token.NewVerifyFunction,
	}
}

// Actions implements provider.ProviderWithActions.
func (p *atmProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		jwks.NewRotateSigningKeyAction,
		token.NewRevokeTokensAction,
	}
}
