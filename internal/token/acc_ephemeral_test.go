package token_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Ephemeral resources came with Terraform 1.10 and OpenTofu 1.11, write-only
// arguments with 1.11 of both.
func needsEphemeral(t *testing.T) []tfversion.TerraformVersionCheck {
	return []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0), plansEphemeralClean{t}}
}

// plansEphemeralClean skips OpenTofu 1.11, whose "show -json" lists an ephemeral
// resource as a change of a plan without changes; 1.12 does not.
type plansEphemeralClean struct{ t *testing.T }

func (c plansEphemeralClean) CheckTerraformVersion(_ context.Context, req tfversion.CheckTerraformVersionRequest, resp *tfversion.CheckTerraformVersionResponse) {
	if acctest.FindCLI(c.t).Tofu && req.TerraformVersion.Core().LessThan(tfversion.Version1_12_0) {
		resp.Skip = fmt.Sprintf("OpenTofu %s lists ephemeral resources as changes; 1.12 does not", req.TerraformVersion)
	}
}

func withEcho(h *acctest.Harness) map[string]func() (tfprotov6.ProviderServer, error) {
	factories := h.Factories()
	factories["echo"] = echoprovider.NewProviderServer()
	return factories
}

// The echo provider receives the result of an ephemeral resource, and writes it
// into its own state.
func TestAccEphemeral_Result(t *testing.T) {
	server, h := start(t)
	echo := `
provider "echo" { data = ephemeral.atm_token.it }
resource "echo" "it" {}
`
	var token string
	data := func(name string) tfjsonpath.Path { return tfjsonpath.New("data").AtMapKey(name) }
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: withEcho(h),
		TerraformVersionChecks:   needsEphemeral(t),
		Steps: []resource.TestStep{
			{
				Config: form("ephemeral", "revoke_on_close = false\nminimum_lifetime = 600") + echo,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("echo.it", data("claims").AtMapKey("scope").AtMapKey("email"), knownvalue.StringExact(user)),
					statecheck.ExpectKnownValue("echo.it", data("claims").AtMapKey("aud"), knownvalue.StringExact(workerID)),
					statecheck.ExpectKnownValue("echo.it", data("expires_at"), knownvalue.StringRegexp(regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))),
				},
				Check: remember("echo.it", "data.access_token", &token),
			},
			{
				PreConfig: func() {
					if !active(t, server, workerClient, workerSecret, token) {
						t.Error("a token that was to be kept is revoked")
					}
				},
				Config: strings.ReplaceAll(form("ephemeral", "")+echo, `"it" {}`, `"second" {}`),
				Check:  remember("echo.second", "data.access_token", &token),
			},
		},
	})
	if active(t, server, workerClient, workerSecret, token) {
		t.Error("the token counts after Terraform closed it")
	}
}

func TestAccEphemeral_BadInput(t *testing.T) {
	_, h := start(t)
	h.RunWith(needsEphemeral(t),
		resource.TestStep{Config: form("ephemeral", "minimum_lifetime = 601"), ExpectError: regexp.MustCompile(`minimum_lifetime\s+is\s+601`)},
		resource.TestStep{Config: form("ephemeral", `grant_type = "refresh_token"`), ExpectError: regexp.MustCompile(`(?s)refresh_token is not a supported`)},
	)
}

// A token is stored by another provider through write-only arguments and is in
// no state but the echo provider's, which tells the test what was stored.
func TestAccEphemeral_IntoWriteOnlyArguments(t *testing.T) {
	_, h := start(t)
	config := form("ephemeral", "revoke_on_close = false") + `
provider "echo" { data = ephemeral.atm_token.it }
resource "echo" "it" {}
resource "atm_suite" "it" { name = "stored" }
resource "atm_project" "it" {
  suite_id = atm_suite.it.id
  name     = "stored"
}
resource "atm_application" "it" {
  suite_id                 = atm_suite.it.id
  project_id               = atm_project.it.id
  name                     = "stored"
  authenticator_type       = "client_credentials"
  client_secret_wo         = substr(ephemeral.atm_token.it.access_token, -64, 64)
  client_secret_wo_version = 1
}
resource "atm_user" "it" {
  suite_id            = atm_suite.it.id
  project_id          = atm_project.it.id
  email               = "stored@example.com"
  first_name          = "Stored"
  role                = "system_user"
  password_wo         = substr(ephemeral.atm_token.it.access_token, -64, 64)
  password_wo_version = 1
}
`
	var token, clientID string
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: withEcho(h),
		TerraformVersionChecks:   needsEphemeral(t),
		Steps: []resource.TestStep{{
			Config: config,
			Check: resource.ComposeTestCheckFunc(
				remember("echo.it", "data.access_token", &token),
				remember("atm_application.it", "client_id", &clientID),
				resource.TestCheckNoResourceAttr("atm_application.it", "client_secret"),
				resource.TestCheckNoResourceAttr("atm_application.it", "client_secret_wo"),
				resource.TestCheckNoResourceAttr("atm_user.it", "password_wo"),
				func(*terraform.State) error {
					_, err := h.API.IssueToken(t.Context(), atm.TokenRequest{
						Grant: atm.GrantClientCredentials, ClientID: clientID, ClientSecret: token[len(token)-64:],
					})
					return err
				},
			),
		}},
	})
}

// The resource takes its secret from an ephemeral value, and is renewed with it.
func TestAccResource_WriteOnlySecret(t *testing.T) {
	server, h := start(t)
	config := fmt.Sprintf(`
variable "secret" {
  type      = string
  ephemeral = true
  default   = %q
}
resource "atm_token" "it" {
  client_id                = %q
  client_secret_wo         = var.secret
  client_secret_wo_version = 1
  grant_type               = "client_credentials"
}
`, machineSecret, machineClient)
	var first string
	h.RunWith(needsEphemeral(t),
		resource.TestStep{
			Config: config,
			Check: resource.ComposeAggregateTestCheckFunc(
				remember(it, "access_token", &first),
				resource.TestCheckNoResourceAttr(it, "client_secret"),
				resource.TestCheckNoResourceAttr(it, "client_secret_wo"),
			),
		},
		resource.TestStep{
			PreConfig: func() { server.Clock.Advance(595 * time.Second) },
			Config:    config,
			Check: func(state *terraform.State) error {
				var second string
				if err := remember(it, "access_token", &second)(state); err != nil || first == second {
					return fmt.Errorf("not renewed: %w", err)
				}
				return nil
			},
		},
	)
}
