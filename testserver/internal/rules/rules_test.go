package rules_test

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
)

func TestRedirectURLs_FollowTheFlow(t *testing.T) {
	t.Parallel()
	for _, flow := range validation.AuthenticatorTypes() {
		some, none := rules.RedirectURLs(flow, []string{"https://a.example"}), rules.RedirectURLs(flow, nil)
		if rules.Redirects(flow) != (some == nil) || rules.Redirects(flow) != (none != nil) {
			t.Errorf("%s: with URLs %v, without %v", flow, some, none)
		}
	}
}

func TestToggle_OnlyForUserCredentials(t *testing.T) {
	t.Parallel()
	for _, flow := range validation.AuthenticatorTypes() {
		if err := rules.Toggle(flow, true); err != nil {
			t.Errorf("%s enabled: %v", flow, err)
		}
		if err := rules.Toggle(flow, false); (err == nil) != (flow == rules.UserCredentials) {
			t.Errorf("%s disabled: %v", flow, err)
		}
	}
}
