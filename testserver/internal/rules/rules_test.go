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

func TestClientAuthentication_OnlyPKCEWorksWithoutASecret(t *testing.T) {
	t.Parallel()
	for _, flow := range validation.AuthenticatorTypes() {
		if err := rules.ClientAuthentication(flow, rules.SecretAuthentication); err != nil {
			t.Errorf("%s with a secret: %v", flow, err)
		}
		if err := rules.ClientAuthentication(flow, rules.NoAuthentication); (err == nil) != (flow == rules.AuthorizationCodePKCE) {
			t.Errorf("%s without: %v", flow, err)
		}
		if err := rules.ClientAuthentication(flow, "None"); err == nil {
			t.Errorf("%s: another spelling is accepted", flow)
		}
	}
}

func TestPublicClient_HasNoSecretAndIntrospectsNothing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		authentication string
		asked          bool
		ok             bool
	}{
		{rules.SecretAuthentication, true, true}, {rules.SecretAuthentication, false, true},
		{rules.NoAuthentication, true, false}, {rules.NoAuthentication, false, true},
	} {
		if err := rules.ClientSecret(tc.authentication, tc.asked); (err == nil) != tc.ok {
			t.Errorf("a secret (%t) with %s: %v", tc.asked, tc.authentication, err)
		}
		if err := rules.IntrospectionAccess(tc.authentication, tc.asked); (err == nil) != tc.ok {
			t.Errorf("introspection access (%t) with %s: %v", tc.asked, tc.authentication, err)
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

func TestBetween_NamesTheBound(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{59: "must be at least 60", 60: "", 3600: "", 3601: "must be at most 3600"} {
		if err := rules.Between(n, 60, 3600); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%d: %v, want %q", n, err, want)
		}
	}
}

func TestOneOf_NamesAllThatAreAllowed(t *testing.T) {
	t.Parallel()
	allowed := []string{rules.SuperAdmin, rules.SystemUser}
	for value, want := range map[string]string{
		rules.SuperAdmin: "", rules.SystemUser: "", rules.SuiteAdmin: "must be one of super_admin, system_user", "": "must be one of super_admin, system_user",
		"SUPER_ADMIN": "must be one of super_admin, system_user",
	} {
		if err := rules.OneOf(value, allowed); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%q: %v, want %q", value, err, want)
		}
	}
}
