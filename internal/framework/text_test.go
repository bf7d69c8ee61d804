package framework_test

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// A server that trims or normalizes what it stores would end an apply with
// "inconsistent result", so a plan refuses what it would change.
func TestText_IsRefusedAtPlan(t *testing.T) {
	_, h := acctest.Start(t)
	p := h.Protocol(nil)
	for _, resourceCase := range cases(t, h) {
		for _, attribute := range []string{"name", "email", "first_name", "last_name"} {
			if _, has := resourceCase.config[attribute]; !has && (attribute != "last_name" || resourceCase.kind != "atm_user") {
				continue
			}
			good := "worker"
			if attribute == "email" {
				good = "worker@example.com"
			}
			acctest.NoErrors(t, p.Validate(resourceCase.kind, acctest.With(resourceCase.config, attribute, good)))
			for _, bad := range []string{good + " ", " " + good, good + "\n", "\t" + good, good + "\u00a0", good + "\u200b", good + "\u202e", good + "\ue000"} {
				acctest.WantError(t, p.Validate(resourceCase.kind, acctest.With(resourceCase.config, attribute, bad)), attribute, "Invalid "+attribute)
			}
		}
	}
}

// The configuration's spelling stays where ATM's is the same text: in NFC, and
// of an email address in another case.
func TestText_SpellingOfTheConfigurationStays(t *testing.T) {
	_, h := acctest.Start(t)
	p := h.Protocol(nil)
	const decomposed = "Cafe\u0301"
	for _, resourceCase := range cases(t, h) {
		config := resourceCase.config
		switch resourceCase.kind {
		case "atm_suite", "atm_project", "atm_application":
			config = acctest.With(config, "name", decomposed)
		case "atm_user":
			config = acctest.With(acctest.With(acctest.With(config, "email", decomposed+"@Example.com"), "first_name", decomposed), "last_name", decomposed)
		default:
			continue
		}
		o := p.New(resourceCase.kind)
		acctest.NoErrors(t, p.Apply(o, config))
		converged(t, p, o, typeCase{kind: resourceCase.kind, config: config})
	}
	for name, by := range map[string]map[string]any{
		"atm_suite":       {"name": decomposed},
		"atm_project":     {"path": "shop/" + decomposed},
		"atm_application": {"path": "shop/a/" + decomposed},
		"atm_user":        {"email": decomposed + "@example.COM"},
	} {
		found, diags := p.ReadData(name, by)
		acctest.NoErrors(t, diags)
		for argument, given := range by {
			if found.Get(argument) != given {
				t.Errorf("%s: %s was given as %q and is %q", name, argument, given, found.Get(argument))
			}
		}
	}
}
