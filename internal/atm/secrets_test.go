package atm_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// seededSecret is the client secret of a tenant's first application.
const seededSecret = "abcdefghijklmnopqrstuvwxyz000000"

// issue signs the tenant's first user in.
func (tn *tenant) issue(t *testing.T, clientID, secret string) *atm.Tokens {
	t.Helper()
	tokens, err := tn.client.IssueToken(t.Context(), atm.TokenRequest{
		Grant: atm.GrantUserCredentials, ClientID: clientID, ClientSecret: secret, LoginID: tn.users[0] + "@example.com",
	})
	if err != nil {
		t.Fatalf("issue tokens: %v", err)
	}
	return tokens
}

func TestRotateSecret_OnceThroughALostResponse(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 1)
	ctx, id := t.Context(), tn.applications[0]
	before, err := tn.client.Application(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	tn.server.Fail(testserver.Fault{Method: http.MethodPost, Path: "/api/v1/applications/*/secret", Times: 1, Drop: testserver.DropAfter})
	rotated, err := tn.client.RotateSecret(ctx, id, "", atm.NewIdempotencyKey(), atm.SecretRotation{})
	if err != nil || rotated.ClientSecret == nil || rotated.Etag == before.Etag {
		t.Fatalf("rotated to %t, %v", rotated != nil && rotated.ClientSecret != nil, err)
	}
	tn.issue(t, rotated.ClientId, *rotated.ClientSecret)
	supplied := "a-supplied-secret-of-enough-characters"
	if _, err := tn.client.RotateSecret(ctx, id, before.Etag, atm.NewIdempotencyKey(), atm.SecretRotation{ClientSecret: &supplied}); !atm.IsStale(err) {
		t.Errorf("under a stale etag: %v", err)
	}
	tn.issue(t, rotated.ClientId, *rotated.ClientSecret)
	if _, err := tn.client.RotateSecret(ctx, "nobody-has-this-id", "", atm.NewIdempotencyKey(), atm.SecretRotation{}); !atm.IsNotFound(err) {
		t.Errorf("of no application: %v", err)
	}
}

func TestSetPassword_ThroughALostResponse(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 1)
	const path, password = "/api/v1/users/*/password", "correct horse battery staple"
	tn.server.Fail(testserver.Fault{Method: http.MethodPost, Path: path, Times: 1, Drop: testserver.DropAfter})
	if err := tn.client.SetPassword(t.Context(), tn.users[0], atm.NewIdempotencyKey(), password); err != nil {
		t.Error(err)
	}
	if n := tn.server.CountRequests(http.MethodPost, path); n != 2 {
		t.Errorf("%d requests, want the lost one and one", n)
	}
	if err := tn.client.SetPassword(t.Context(), "nobody-has-this-id", atm.NewIdempotencyKey(), password); !atm.IsNotFound(err) {
		t.Errorf("of nobody: %v, want not found", err)
	}
	if err := tn.client.SetPassword(t.Context(), tn.users[0], atm.NewIdempotencyKey(), "short"); !atm.IsProblem(err, "urn:atm:problem:invalid-request") {
		t.Errorf("one that is too short: %v, want it refused", err)
	}
}

func TestRevokeTokens_ThroughALostResponse(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 1)
	application, err := tn.client.Application(t.Context(), tn.applications[0])
	if err != nil {
		t.Fatal(err)
	}
	tokens := tn.issue(t, application.ClientId, seededSecret)
	tn.server.Fail(testserver.Fault{Method: http.MethodPost, Path: "/api/v1/token-revocations", Times: 1, Drop: testserver.DropAfter})
	if err := tn.client.RevokeTokens(t.Context(), atm.NewIdempotencyKey(), atm.TokenRevocation{UserId: &tn.users[0], ApplicationId: &tn.applications[0]}); err != nil {
		t.Error(err)
	}
	var refused *atm.OAuthError
	if _, err := tn.client.RefreshTokens(t.Context(), application.ClientId, tokens); !errors.As(err, &refused) || refused.Code != "invalid_grant" {
		t.Errorf("the revoked refresh token: %v, want invalid_grant", err)
	}
	nobody := "nobody-has-this-id"
	if err := tn.client.RevokeTokens(t.Context(), atm.NewIdempotencyKey(), atm.TokenRevocation{UserId: &nobody}); !atm.IsNotFound(err) {
		t.Errorf("of nobody: %v, want not found", err)
	}
}

func TestRotateSigningKey_OnceThroughALostResponse(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 1)
	tn.server.Fail(testserver.Fault{Method: http.MethodPost, Path: "/api/v1/signing-keys/rotate", Times: 1, Drop: testserver.DropAfter})
	first, err := tn.client.RotateSigningKey(t.Context(), atm.NewIdempotencyKey())
	if err != nil {
		t.Fatal(err)
	}
	if second, err := tn.client.RotateSigningKey(t.Context(), atm.NewIdempotencyKey()); err != nil || second.Kid == first.Kid {
		t.Errorf("a second rotation: %+v, %v", second, err)
	}
}

func TestCaller_IsTheSignedInUser(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 1)
	ctx, admin := t.Context(), tn.server.Admin()
	me, err := tn.client.Me(ctx)
	if err != nil || me.Email != admin.LoginID || me.Role != atm.SuperAdmin || me.ClientId != admin.ClientID {
		t.Errorf("me is %+v, %v", me, err)
	}
	ready, err := admin.Token(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		config atm.Config
		want   string
	}{
		"by its settings":       {atm.Config{ClientID: admin.ClientID, ClientSecret: atm.SecretValue(admin.ClientSecret), LoginID: admin.LoginID}, admin.LoginID},
		"by a ready token":      {atm.Config{AccessToken: atm.SecretValue(ready)}, admin.LoginID},
		"by an opaque token":    {atm.Config{AccessToken: atm.SecretValue("opaque")}, ""},
		"without a credential":  {atm.Config{}, ""},
		"by a file that is not": {atm.Config{AccessToken: atm.SecretFile(t.TempDir() + "/none")}, ""},
	} {
		tc.config.Endpoint = tn.server.URL
		client := newClient(t, tc.config)
		if got := client.Caller(); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
		if tc.want == "" {
			continue
		}
		if me, err := client.Me(ctx); err != nil || me.Email != tc.want {
			t.Errorf("%s: %+v, %v", name, me, err)
		}
		if got := client.Caller(); got != tc.want {
			t.Errorf("%s, signed in: %q, want %q", name, got, tc.want)
		}
	}
}
