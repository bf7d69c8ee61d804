package e2e_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/validation/validationtest"
)

var world = `
resource "atm_suite" "shop" { name = "shop" }

resource "atm_project" "checkout" {
  suite_id = atm_suite.shop.id
  name     = "checkout"
}

resource "atm_application" "worker" {
  suite_id           = atm_suite.shop.id
  project_id         = atm_project.checkout.id
  name               = "worker"
  authenticator_type = "user_credentials"
}

resource "atm_application" "web" {
  suite_id           = atm_suite.shop.id
  project_id         = atm_project.checkout.id
  name               = "web"
  authenticator_type = "authorization_code"
  redirect_urls      = ["https://app.example.com/b", "https://app.example.com/a"]
  allowed_origins    = ["https://app.example.com"]
}

resource "atm_application" "page" {
  suite_id              = atm_suite.shop.id
  project_id            = atm_project.checkout.id
  name                  = "page"
  authenticator_type    = "authorization_code_pkce"
  client_authentication = "none"
  redirect_urls         = ["https://page.example.com/"]
}

resource "atm_application" "deploy" {
  suite_id              = atm_suite.shop.id
  project_id            = atm_project.checkout.id
  name                  = "deploy"
  authenticator_type    = "user_credentials"
  client_authentication = "assertion"
  federated_credentials = [
    { name = "a", issuer = "https://ci.example.com", subject = "repo:octo/*", audience = "a", claims = { ref = "refs/heads/main" }, login_ids = ["ada@example.com"] },
    { name = "b", issuer = "https://ci.example.com", subject = "b", audience = "b", jwks_uri = "https://ci.example.com/jwks", single_use = true },
  ]
  public_keys = [{ kid = "1", pem = ` + strconv.Quote(validationtest.P256PEM) + ` }]
}

resource "atm_user" "ada" {
  suite_id   = atm_suite.shop.id
  project_id = atm_project.checkout.id
  email      = "ada@example.com"
  first_name = "Ada"
  role       = "system_user"
}

resource "atm_application_user" "ada" {
  application_id = atm_application.worker.id
  user_id        = atm_user.ada.id
}

resource "atm_application_users" "web" {
  application_id = atm_application.web.id
  users          = [{ user_id = atm_user.ada.id }, { user_id = atm_user.bob.id }]
}

resource "atm_user" "bob" {
  suite_id   = atm_suite.shop.id
  project_id = atm_project.checkout.id
  email      = "bob@example.com"
  first_name = "Bob"
  last_name  = "Kahn"
  role       = "suite_admin"
  enabled    = false
}

output "pair" { value = "${atm_application.worker.id}/${atm_user.ada.id}" }
`

const imports = `
import {
  to = atm_suite.shop
  id = "shop"
}
import {
  to = atm_project.checkout
  id = "shop/checkout"
}
import {
  to = atm_application.worker
  id = "shop/checkout/worker"
}
import {
  to = atm_application.web
  id = "shop/checkout/web"
}
import {
  to = atm_application.page
  id = "shop/checkout/page"
}
import {
  to = atm_application.deploy
  id = "shop/checkout/deploy"
}
import {
  to = atm_user.ada
  id = "ada@example.com"
}
import {
  to = atm_user.bob
  id = "bob@example.com"
}
import {
  to = atm_application_users.web
  id = "shop/checkout/web"
}
import {
  to = atm_application_user.ada
  id = "PAIR"
}
`

// The configuration that `plan -generate-config-out` writes plans clean without
// an edit, for every resource that can be imported, by readable key.
func TestGeneratedConfiguration_PlansClean(t *testing.T) {
	w := open(t, world)
	w.must("apply", "-auto-approve")
	blocks := required + strings.Replace(imports, "PAIR", strings.TrimSpace(w.must("output", "-raw", "pair")), 1)

	w.write("main.tf", blocks)
	if takesAnotherProvider(t) {
		w.write("main.tf", strings.ReplaceAll(blocks, "import {", "import {\n  provider = atm"))
	}
	w.write("terraform.tfstate", `{"version":4,"terraform_version":"1.8.0","serial":1,"lineage":"a","outputs":{},"resources":[]}`)
	out := w.must("plan", "-generate-config-out=generated.tf")
	wantText(t, unwrap(out), "10 to import, 0 to add, 0 to change, 0 to destroy")
	w.write("main.tf", blocks)
	out = w.must("apply", "-auto-approve")
	wantText(t, unwrap(out), "10 imported, 0 added, 0 changed, 0 destroyed")
	w.write("main.tf", required)
	w.wantNoChanges("with the generated configuration:\n" + w.read("generated.tf"))
}
