package framework_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck/queryfilter"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// shopQuery lists all that there is in the shop.
const shopQuery = `
provider "atm" {}

list "atm_suite" "it" {
  provider = atm
  config {
    name = "shop"
  }
}
list "atm_project" "it" {
  provider = atm
  limit    = 1
  config {
    suite_id = "shop-id"
  }
}
list "atm_application" "it" {
  provider         = atm
  include_resource = true
  config {
    suite_id           = "shop-id"
    authenticator_type = "user_credentials"
  }
}
list "atm_user" "it" {
  provider = atm
  config {
    suite_id = list.atm_suite.it.data[0].identity.id
  }
}
list "atm_application_user" "it" {
  provider = atm
  config {
    application_ids = ["worker-id"]
  }
}`

// Terraform itself asks each list, and gets what the protocol tests say.
func TestList_InTerraformQuery(t *testing.T) {
	_, h := startShop(t)
	only := func(identity map[string]knownvalue.Check) queryfilter.QueryFilter {
		return queryfilter.ByResourceIdentity(identity)
	}
	id := func(value string) map[string]knownvalue.Check {
		return map[string]knownvalue.Check{"id": knownvalue.StringExact(value)}
	}
	pair := map[string]knownvalue.Check{"application_id": knownvalue.StringExact("worker-id"), "user_id": knownvalue.StringExact("ada-id")}
	value := func(name string, check knownvalue.Check) querycheck.KnownValueCheck {
		return querycheck.KnownValueCheck{Path: tfjsonpath.New(name), KnownValue: check}
	}
	h.RunWith(
		[]tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		resource.TestStep{
			Query:  true,
			Config: shopQuery,
			QueryResultChecks: []querycheck.QueryResultCheck{
				querycheck.ExpectLength("atm_suite.it", 1),
				querycheck.ExpectIdentity("atm_suite.it", id("shop-id")),
				querycheck.ExpectLength("atm_project.it", 1),
				querycheck.ExpectIdentity("atm_project.it", id("checkout-id")),
				querycheck.ExpectLength("atm_application.it", 1),
				querycheck.ExpectResourceDisplayName("atm_application.it", only(id("worker-id")), knownvalue.StringExact("worker")),
				querycheck.ExpectResourceKnownValues("atm_application.it", only(id("worker-id")), []querycheck.KnownValueCheck{
					value("access_token_lifespan", knownvalue.Int64Exact(900)),
					value("force_destroy", knownvalue.Bool(false)),
					value("client_secret", knownvalue.Null()),
					value("timeouts", knownvalue.Null()),
				}),
				querycheck.ExpectLength("atm_user.it", 2),
				querycheck.ExpectResourceDisplayName("atm_user.it", only(id("ada-id")), knownvalue.StringExact("Ada@example.com")),
				querycheck.ExpectLength("atm_application_user.it", 1),
				querycheck.ExpectIdentity("atm_application_user.it", pair),
				querycheck.ExpectResourceDisplayName("atm_application_user.it", only(pair), knownvalue.StringExact("Ada@example.com at worker")),
			},
		},
	)
}
