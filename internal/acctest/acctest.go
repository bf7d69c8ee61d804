// Package acctest runs this provider against the reference server, under real
// Terraform or by the plugin protocol without it. Only tests import it.
package acctest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/provider"
)

// Harness is one test's provider and its ATM.
type Harness struct {
	// API is ATM behind Terraform's back, as the administrator.
	API *atm.Client

	t       *testing.T
	environ map[string]string
	now     func() time.Time
}

// New makes a harness. environ holds the provider's environment variables
// (ATM_ENDPOINT=… and so on), which no configuration then needs to repeat;
// now is the server's clock.
func New(t *testing.T, environ []string, now func() time.Time) *Harness {
	t.Helper()
	h := &Harness{t: t, environ: map[string]string{}, now: now}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		h.environ[name] = value
	}
	client, err := atm.New(atm.Config{
		Endpoint: h.environ["ATM_ENDPOINT"], ClientID: h.environ["ATM_CLIENT_ID"],
		ClientSecret: atm.SecretValue(h.environ["ATM_CLIENT_SECRET"]), LoginID: h.environ["ATM_LOGIN_ID"],
		UserAgent: "acctest", Now: now, MaxRetries: atm.DefaultMaxRetries, RetryWait: time.Millisecond,
	})
	if err != nil {
		t.Fatalf("acctest: %v", err)
	}
	h.API = client
	return h
}

// Setenv changes one of the provider's variables; an empty value unsets it.
func (h *Harness) Setenv(name, value string) { h.environ[name] = value }

// Getenv returns one of the provider's variables.
func (h *Harness) Getenv(name string) string { return h.environ[name] }

func (h *Harness) lookup(name string) (string, bool) {
	value, ok := h.environ[name]
	return value, ok && value != ""
}

func (h *Harness) server() (tfprotov6.ProviderServer, error) {
	return provider.Server("test",
		provider.WithClock(h.now), provider.WithEnvironment(h.lookup), provider.WithRetryWait(time.Millisecond))(), nil
}

// Factories are the provider as terraform-plugin-testing wants it.
func (h *Harness) Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){"atm": h.server}
}

// Run takes Terraform through the steps, beside other tests. It needs TF_ACC.
func (h *Harness) Run(steps ...resource.TestStep) {
	h.t.Helper()
	h.RunWith(nil, steps...)
}

// RunWith is Run if the CLI's version passes the checks. If not, it skips the
// test, with the reason.
func (h *Harness) RunWith(checks []tfversion.TerraformVersionCheck, steps ...resource.TestStep) {
	h.t.Helper()
	if testing.Short() {
		h.t.Skip("-short: it runs Terraform")
	}
	resource.Test(h.t, resource.TestCase{
		ProtoV6ProviderFactories: h.Factories(),
		TerraformVersionChecks:   checks,
		Steps:                    steps,
	})
}

// Context ends with the test.
func (h *Harness) Context() context.Context { return h.t.Context() }
