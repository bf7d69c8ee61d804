package framework_test

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// A write after someone else's is an error that lists what changed, and
// changes nothing.
func TestStale_WriteListsWhatChanged(t *testing.T) {
	_, h := acctest.Start(t)
	suite, project := h.Parents()
	p := h.Protocol(nil)
	config := func(name string) map[string]any {
		return map[string]any{"suite_id": suite, "project_id": project, "name": name, "authenticator_type": "client_credentials"}
	}
	app := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(app, config("one")))
	id := app.Get("id").(string)
	patch := atm.ApplicationPatch{}
	patch.AccessTokenLifespan.Set(900)
	if _, err := h.API.UpdateApplication(t.Context(), id, "", patch); err != nil {
		t.Fatal(err)
	}
	if _, err := h.API.RotateSecret(t.Context(), id, "", atm.NewIdempotencyKey(), atm.SecretRotation{}); err != nil {
		t.Fatal(err)
	}

	diags := p.Apply(app, config("two"))
	acctest.WantError(t, diags, "", "changed outside Terraform", "access_token_lifespan (from 600 to 900)", "the client secret (from version 1 to 2)")
	acctest.WantError(t, p.Apply(app, nil), "", "changed outside Terraform", "access_token_lifespan")
	now, err := h.API.Application(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if now.Name != "one" || now.AccessTokenLifespan != 900 {
		t.Errorf("the other's change was overwritten: %+v", now)
	}

	// The failed write settled nothing: a plan without refresh rotates nothing, and the next refresh shows it all.
	plan, diags := p.Plan(app, config("one"))
	acctest.NoErrors(t, diags)
	if plan.Get("client_secret") == acctest.Unknown || len(diags) > 0 {
		t.Error("the failed write marked a drift that no plan has shown")
	}
	acctest.NoErrors(t, p.Refresh(app))
	_, diags = p.Plan(app, config("two"))
	acctest.WantWarning(t, diags, "", "rotated outside Terraform")
	acctest.NoErrors(t, p.Apply(app, config("two")))
}

func TestStale_WithoutAnEtagTheWriteFollowsAFreshRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *perResource) {
		p := t.h.Protocol(nil)
		o := p.New(t.resourceCase.kind)
		acctest.NoErrors(t.T, p.Apply(o, t.resourceCase.config))
		o.Private = nil // as the state of an older version
		acctest.NoErrors(t.T, p.Apply(o, t.resourceCase.changed))
		o.Private = nil
		acctest.NoErrors(t.T, p.Apply(o, nil))
	})
}

// An update of an object that was deleted between plan and apply is an error,
// not a silent success.
func TestFrame_UpdateOfWhatIsGone(t *testing.T) {
	_, h := acctest.Start(t)
	p := h.Protocol(nil)
	o := p.New("atm_suite")
	acctest.NoErrors(t, p.Apply(o, map[string]any{"name": "one"}))
	if err := h.API.DeleteSuite(t.Context(), o.Get("id").(string), ""); err != nil {
		t.Fatal(err)
	}
	gone := *o
	acctest.WantError(t, p.Apply(o, map[string]any{"name": "two"}), "", "atm_suite not found", "plan again")
	acctest.NoErrors(t, p.Apply(&gone, nil))
}
