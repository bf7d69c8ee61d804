package assertion_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// order is the order of the sources, each with the variables that complete it.
func order(t *testing.T) []struct {
	name    string
	environ map[string]string
} {
	t.Helper()
	one := token(t, nil)
	variable := func(name string) map[string]string { return map[string]string{name: one} }
	return []struct {
		name    string
		environ map[string]string
	}{
		{"ATM_CLIENT_ASSERTION", variable("ATM_CLIENT_ASSERTION")},
		{"ATM_CLIENT_ASSERTION_FILE", map[string]string{"ATM_CLIENT_ASSERTION_FILE": write(t, one)}},
		{"TFC_WORKLOAD_IDENTITY_TOKEN_ATM", variable("TFC_WORKLOAD_IDENTITY_TOKEN_ATM")},
		{"TFC_WORKLOAD_IDENTITY_TOKEN", variable("TFC_WORKLOAD_IDENTITY_TOKEN")},
		{"GitHub Actions", map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://127.0.0.1:9", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer"}},
		{"Azure DevOps", map[string]string{"SYSTEM_OIDCREQUESTURI": "https://127.0.0.1:9", "SYSTEM_ACCESSTOKEN": "bearer"}},
		{"SPACELIFT_OIDC_TOKEN", variable("SPACELIFT_OIDC_TOKEN")},
		{"CIRCLE_OIDC_TOKEN_V2", variable("CIRCLE_OIDC_TOKEN_V2")},
		{"BITBUCKET_STEP_OIDC_TOKEN", variable("BITBUCKET_STEP_OIDC_TOKEN")},
	}
}

func TestFind_TheFirstCompleteSource(t *testing.T) {
	t.Parallel()
	sources := order(t)
	for first := range sources {
		environ := map[string]string{}
		for _, later := range sources[first:] {
			maps.Copy(environ, later.environ)
		}
		source, err := settings(environ).Find()
		if err != nil {
			t.Errorf("%s: %v", sources[first].name, err)
		} else if source.Name != sources[first].name {
			t.Errorf("found %s, want %s", source.Name, sources[first].name)
		}
	}
}

// An incomplete source is passed over, and the error says what it lacked.
func TestFind_NothingCompleteListsEachSource(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environ map[string]string
		want    []string
		not     string
	}{
		"nothing": {nil, []string{
			"ATM_CLIENT_ASSERTION is not set", "ATM_CLIENT_ASSERTION_FILE is not set",
			"HCP Terraform: TFC_WORKLOAD_IDENTITY_TOKEN_ATM and TFC_WORKLOAD_IDENTITY_TOKEN are not set",
			"GitHub Actions: ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set",
			"Azure DevOps: SYSTEM_OIDCREQUESTURI and SYSTEM_ACCESSTOKEN are not set",
			"Spacelift: SPACELIFT_OIDC_TOKEN is not set", "CircleCI: CIRCLE_OIDC_TOKEN_V2 is not set", "Bitbucket: BITBUCKET_STEP_OIDC_TOKEN is not set",
		}, "id-token"},
		"GitHub without the permission": {map[string]string{"GITHUB_ACTIONS": "true"}, []string{"permissions: id-token: write"}, ""},
		"GitHub, half":                  {map[string]string{"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x"}, []string{"ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set", "id-token: write"}, ""},
		"Azure DevOps, not mapped":      {map[string]string{"SYSTEM_OIDCREQUESTURI": "https://x"}, []string{"SYSTEM_ACCESSTOKEN is not set", "$(System.AccessToken)"}, ""},
		"Azure DevOps, not replaced":    {map[string]string{"SYSTEM_OIDCREQUESTURI": "https://x", "SYSTEM_ACCESSTOKEN": "$(System.AccessToken)"}, []string{"SYSTEM_ACCESSTOKEN contains the name"}, ""},
	} {
		_, err := settings(test.environ).Find()
		var missing *assertion.NotFoundError
		if !errors.As(err, &missing) || len(missing.Lacks) != 8 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error lacks %q: %v", name, want, err)
			}
		}
		if test.not != "" && strings.Contains(err.Error(), test.not) {
			t.Errorf("%s: the error contains %q", name, test.not)
		}
	}
}

func TestFind_WithoutAnEnvironment(t *testing.T) {
	t.Parallel()
	var missing *assertion.NotFoundError
	if _, err := (assertion.Settings{}).Find(); !errors.As(err, &missing) {
		t.Errorf("%v", err)
	}
}

// A token that is not for ATM is not used, from any source of the environment;
// the error shows its aud.
func TestFind_OtherAudiencesAreNotSent(t *testing.T) {
	t.Parallel()
	for _, source := range order(t) {
		for aud, shown := range map[any]string{
			"https://vault.example.com": `"https://vault.example.com"`, audience + "/": audience + `/"`, "HTTPS://ATM.example.com": "HTTPS",
			nil: "missing", "": `""`,
		} {
			wantOtherAudience(t, source.environ, token(t, jwt.MapClaims{"aud": aud}), shown)
		}
		wantOtherAudience(t, source.environ, token(t, jwt.MapClaims{"aud": []string{audience, "https://vault.example.com"}}), `"`+audience+`", "https://vault.example.com"`)
	}
}

func wantOtherAudience(t *testing.T, environ map[string]string, other, shown string) {
	t.Helper()
	environ = maps.Clone(environ)
	for name := range environ {
		switch {
		case strings.HasSuffix(name, "_FILE"):
			environ[name] = write(t, other)
		case strings.Contains(name, "REQUEST") || name == "SYSTEM_ACCESSTOKEN":
			return // the test of these sources has a server
		default:
			environ[name] = other
		}
	}
	source, err := settings(environ).Find()
	if err != nil {
		t.Fatal(err)
	}
	given, err := source.Assertion(t.Context())
	if err == nil || given != "" {
		t.Fatalf("%s gave a token whose aud is %s", source.Name, shown)
	}
	for _, want := range []string{source.Name, "aud", shown, audience, "client_assertion_audience"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error lacks %q: %v", source.Name, want, err)
		}
	}
	if source.Check(t.Context()) == nil {
		t.Errorf("%s: the check finds nothing", source.Name)
	}
	noToken(t, err, other)
}

// aud may be an array of the one value.
func TestSource_AudienceAsArray(t *testing.T) {
	t.Parallel()
	one := token(t, jwt.MapClaims{"aud": []string{audience}})
	source, err := settings(map[string]string{"ATM_CLIENT_ASSERTION": one}).Find()
	if err != nil {
		t.Fatal(err)
	}
	if given, err := source.Assertion(t.Context()); err != nil || given != one {
		t.Errorf("%q, %v", given, err)
	}
}

func noToken(t *testing.T, err error, token string) {
	t.Helper()
	for _, part := range strings.Split(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("the error contains a part of the token: %v", err)
		}
	}
}
