package token_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

const action = "atm_revoke_tokens"

func TestRevokeTokens(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	counts := func(token any) bool { return active(t, server, workerClient, workerSecret, token) }
	for name, config := range map[string]map[string]any{
		"of a user":                   {"user_id": userID},
		"of an application":           {"application_id": workerID},
		"of a user at an application": {"user_id": userID, "application_id": workerID},
	} {
		mine, _ := p.ReadData(kind, worker(nil))
		others, _ := p.ReadData(kind, machine(nil))
		progress, diags := p.Invoke(action, config)
		acctest.NoErrors(t, diags)
		if counts(mine.Get("access_token")) {
			t.Errorf("%s: the token still counts", name)
		}
		if !active(t, server, machineClient, machineSecret, others.Get("access_token")) {
			t.Errorf("%s: a token of another application is revoked", name)
		}
		said := strings.Join(progress, " ")
		for _, id := range config {
			if !strings.Contains(said, text(t, id)) {
				t.Errorf("%s: reports %q", name, said)
			}
		}
	}
}

func TestRevokeTokens_BadInput(t *testing.T) {
	_, h := start(t)
	p := h.Protocol(nil)
	_, diags := p.Invoke(action, nil)
	acctest.WantError(t, diags, "", "user_id", "application_id")
	_, diags = p.Invoke(action, map[string]any{"user_id": ""})
	acctest.WantError(t, diags, "user_id")
	_, diags = p.Invoke(action, map[string]any{"user_id": "AAAAAAAAAAAAAAAAAAAAA"})
	acctest.WantError(t, diags, "user_id", "request id")
	_, diags = p.Invoke(action, map[string]any{"application_id": "AAAAAAAAAAAAAAAAAAAAA"})
	acctest.WantError(t, diags, "application_id", "request id")
	_, diags = p.Invoke(action, map[string]any{"application_id": "no id at all"})
	acctest.WantError(t, diags, "application_id", "request id")
}

func TestRevokeTokens_NeedsASignIn(t *testing.T) {
	_, h := start(t)
	for _, name := range []string{"ATM_CLIENT_ID", "ATM_CLIENT_SECRET", "ATM_LOGIN_ID"} {
		h.Setenv(name, "")
	}
	_, diags := h.Protocol(nil).Invoke(action, map[string]any{"user_id": userID})
	acctest.WantError(t, diags, "", "sign in", "client_id")
}

// A trigger of real Terraform; older CLIs do not know the block.
func TestAccRevokeTokens(t *testing.T) {
	server, h := start(t)
	issued, err := h.API.IssueToken(t.Context(), atm.TokenRequest{
		Grant: atm.GrantUserCredentials, ClientID: workerClient, ClientSecret: workerSecret, LoginID: user,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.RunWith([]tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)}, resource.TestStep{
		Config: `
resource "terraform_data" "it" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.atm_revoke_tokens.it]
    }
  }
}
action "atm_revoke_tokens" "it" {
  config { user_id = "` + userID + `" }
}
`,
		Check: func(*terraform.State) error {
			if active(t, server, workerClient, workerSecret, issued.AccessToken) {
				return errors.New("the token still counts")
			}
			return nil
		},
	})
}
