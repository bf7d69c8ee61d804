package jwks_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const (
	data   = "atm_jwks"
	action = "atm_rotate_signing_key"
)

func read(t *testing.T, p *acctest.Protocol) *acctest.Returned {
	t.Helper()
	got, diags := p.ReadData(data, nil)
	acctest.NoErrors(t, diags)
	return got
}

func TestJWKS_Keys(t *testing.T) {
	_, h := acctest.Start(t)
	for _, name := range []string{"ATM_CLIENT_ID", "ATM_CLIENT_SECRET", "ATM_LOGIN_ID"} {
		h.Setenv(name, "") // no client needs to sign in for public keys
	}
	p := h.Protocol(nil)
	got := read(t, p)
	if got.Len("keys") < 2 {
		t.Fatalf("%d keys, want the current and the next", got.Len("keys"))
	}
	document, _ := got.Get("json").(string)
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal([]byte(document), &set); err != nil || len(set.Keys) != got.Len("keys") {
		t.Fatalf("json is %q: %v", document, err)
	}
	for i, key := range set.Keys {
		for _, member := range []string{"kid", "alg", "use", "n", "e"} {
			if got.Get("keys", i, member) != key[member] {
				t.Errorf("keys[%d].%s is %v, and %q in json", i, member, got.Get("keys", i, member), key[member])
			}
		}
		if i > 0 && set.Keys[i-1]["kid"] >= key["kid"] {
			t.Error("the keys are not in order")
		}
		if text, _ := got.Get("keys", i, "public_key_pem").(string); !strings.HasPrefix(text, "-----BEGIN PUBLIC KEY-----\n") {
			t.Errorf("keys[%d].public_key_pem is %q", i, text)
		}
	}
	if again := read(t, p); again.Get("json") != document {
		t.Error("the document changes from read to read")
	}
}

func TestJWKS_Errors(t *testing.T) {
	server, h := acctest.Start(t)
	p := h.Protocol(map[string]any{"max_retries": 0})
	kind := map[string]string{"Content-Type": "application/json"}
	for name, test := range map[string]struct {
		fault testserver.Fault
		texts []string
	}{
		"down":              {testserver.Fault{Status: 503}, []string{"request id"}},
		"not there":         {testserver.Fault{Status: 404}, []string{"endpoint"}},
		"a page":            {testserver.Fault{Status: 200, Body: "<html>", Headers: map[string]string{"Content-Type": "text/html"}}, []string{"endpoint"}},
		"no keys":           {testserver.Fault{Status: 200, Body: `{"keys":[]}`, Headers: kind}, []string{"Cannot fetch the signing keys", "no key"}},
		"a name twice":      {testserver.Fault{Status: 200, Body: `{"keys":[],"keys":[]}`, Headers: kind}, []string{"twice"}},
		"a key told to all": {testserver.Fault{Status: 200, Body: `{"keys":[{"kid":"a","d":"c2VjcmV0"}]}`, Headers: kind}, []string{"secret part", `"a"`}},
	} {
		t.Run(name, func(t *testing.T) {
			test.fault.Path = "/auth/.well-known/jwks.json"
			defer server.Fail(test.fault)()
			_, diags := p.ReadData(data, nil)
			acctest.WantError(t, diags, "", test.texts...)
			for _, d := range diags {
				if strings.Contains(d.Detail, "c2VjcmV0") {
					t.Error("the error tells the key")
				}
			}
		})
	}
}

// header names the key that signed the token.
func header(token string) string {
	head, _, _ := strings.Cut(token, ".")
	return head
}

func TestRotateSigningKey_AtOnce(t *testing.T) {
	server, h := acctest.Start(t)
	p := h.Protocol(nil)
	before, err := server.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	progress, diags := p.Invoke(action, nil)
	acctest.NoErrors(t, diags)
	after, err := server.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if header(before) == header(after) {
		t.Error("ATM still signs with the same key")
	}
	said := strings.Join(progress, " ")
	if !strings.Contains(said, "ATM signs with key ") || strings.Contains(said, " from ") {
		t.Errorf("reports %q", said)
	}
}

// An action block without a config block comes as null.
func TestRotateSigningKey_WithoutAConfigBlock(t *testing.T) {
	_, h := acctest.Start(t)
	server, _ := h.Protocol(nil).Server.(tfprotov6.ProviderServerWithActions)
	none := tftypes.Object{}
	config, err := tfprotov6.NewDynamicValue(none, tftypes.NewValue(none, nil))
	if err != nil {
		t.Fatal(err)
	}
	planned, err := server.PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: action, Config: &config})
	if err != nil || len(planned.Diagnostics) > 0 {
		t.Fatalf("plan: %v, %v", err, planned)
	}
	stream, err := server.InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{ActionType: action, Config: &config})
	if err != nil {
		t.Fatal(err)
	}
	done := false
	for event := range stream.Events {
		if completed, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
			acctest.NoErrors(t, completed.Diagnostics)
			done = true
		}
	}
	if !done {
		t.Error("the action does not end")
	}
}

func TestRotateSigningKey_WhenTheNextHasBeenPublishedLongEnough(t *testing.T) {
	server, h := acctest.Start(t, testserver.WithJWKSMaxAge(time.Hour))
	p := h.Protocol(nil)
	// The second rotation finds a next key that has just been published.
	server.Clock.Freeze(server.Clock.Now().Add(2 * time.Hour))
	_, diags := p.Invoke(action, nil)
	acctest.NoErrors(t, diags)
	progress, diags := p.Invoke(action, nil)
	acctest.NoErrors(t, diags)
	if said := strings.Join(progress, " "); !strings.Contains(said, " from "+server.Clock.Now().Add(time.Hour).Format(time.RFC3339)) {
		t.Errorf("reports %q", said)
	}
}

func TestRotateSigningKey_IsForSuperAdmins(t *testing.T) {
	server, h := acctest.Start(t, testserver.WithSeed(`
suites:
  - name: Demo
    projects:
      - name: Payments
        users: [{ email: lead@example.com, firstName: Lead, role: suite_admin }]
        applications:
          - name: Terraform
            authenticatorType: user_credentials
            managementAccess: true
            clientId: NmN78x6DMfde1XRx9hQg
            clientSecret: 480nulBeBGqJDoAOADC0CW2frGTDVEmq
            users: [{ email: lead@example.com }]
`))
	_ = server
	p := h.Protocol(map[string]any{"client_id": "NmN78x6DMfde1XRx9hQg", "client_secret": "480nulBeBGqJDoAOADC0CW2frGTDVEmq", "login_id": "lead@example.com"})
	_, diags := p.Invoke(action, nil)
	acctest.WantError(t, diags, "", "super_admin", "suite_admin")
}

// A trigger of real Terraform; older CLIs do not know the block.
func TestAccRotateSigningKey(t *testing.T) {
	server, h := acctest.Start(t)
	before, err := server.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.RunWith([]tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)}, resource.TestStep{
		Config: `
resource "terraform_data" "it" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.atm_rotate_signing_key.it]
    }
  }
}
action "atm_rotate_signing_key" "it" {}
`,
		Check: func(*terraform.State) error {
			after, err := server.Admin().Token(t.Context())
			if err == nil && header(before) == header(after) {
				err = errors.New("ATM still signs with the same key")
			}
			return err
		},
	})
}

// A gateway gets the same JWKS at every plan, and another one after a rotation.
func TestAccJWKS(t *testing.T) {
	server, h := acctest.Start(t)
	config := `
data "atm_jwks" "it" {}
output "pems" { value = [for key in data.atm_jwks.it.keys : key.public_key_pem] }
output "json" { value = data.atm_jwks.it.json }
`
	var before string
	h.Run(
		resource.TestStep{Config: config, Check: func(state *terraform.State) error {
			before, _ = state.RootModule().Outputs["json"].Value.(string)
			return nil
		}},
		resource.TestStep{
			PreConfig: func() {
				if _, err := server.RotateKey(t.Context()); err != nil {
					t.Fatal(err)
				}
			},
			Config: config,
			Check: func(state *terraform.State) error {
				if now := state.RootModule().Outputs["json"].Value; before == "" || now == before {
					return errors.New("the key set has not changed")
				}
				return nil
			},
		},
	)
}
