package atm_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

func TestRevokeToken_WithoutAnEndpointIsNoError(t *testing.T) {
	t.Parallel()
	for status, fails := range map[int]bool{200: false, 404: false, 405: false, 501: false, 400: true, 401: true, 503: true} {
		f := newFake(t, response(status, `{}`))
		client := f.client(t, func(c *atm.Config) { c.MaxRetries = 0 })
		if err := client.RevokeToken(t.Context(), atm.Revocation{ClientID: "id", ClientSecret: "c2VjcmV0", Token: "the token"}); (err != nil) != fails {
			t.Errorf("%d: %v", status, err)
		} else if err != nil && (strings.Contains(err.Error(), "c2VjcmV0") || strings.Contains(err.Error(), "the token")) {
			t.Errorf("%d: the error tells a secret: %v", status, err)
		}
		r := f.requests()[0]
		if r.URL.Path != "/auth/revoke" || r.URL.RawQuery != "" || !strings.Contains(f.bodies[0], "token=the+token") {
			t.Errorf("asked %s with %q", r.URL, f.bodies[0])
		}
	}
}

func TestRevokeTokens_OneKeyForAllAttempts(t *testing.T) {
	t.Parallel()
	f := newFake(t, response(http.StatusServiceUnavailable, ``), response(http.StatusNoContent, ``))
	user := "D7aaqWe34vWj_Bd-uuP8N"
	if err := f.client(t).RevokeTokens(t.Context(), "one-key", atm.TokenRevocation{UserId: &user}); err != nil {
		t.Fatal(err)
	}
	if body := decodeBody(t, f.bodies[1]); body["userId"] != user || len(body) != 1 {
		t.Errorf("sent %v", body)
	}
	sameKey(t, f)
}

func TestRotateSigningKey_OneKeyForAllAttempts(t *testing.T) {
	t.Parallel()
	f := newFake(t, hangUp, response(http.StatusOK, `{"kid":"k2","alg":"RS256","status":"next","createdAt":"2026-01-02T03:04:05Z","activatesAt":"2026-01-02T04:04:05Z","expiresAt":null,"publicKey":{"kty":"RSA","use":"sig","alg":"RS256","kid":"k2","n":"AQAB","e":"AQAB"}}`))
	key, err := f.client(t).RotateSigningKey(t.Context(), "one-key")
	if err != nil {
		t.Fatal(err)
	}
	if at, err := key.ActivatesAt.Get(); key.Kid != "k2" || err != nil || at.Hour() != 4 {
		t.Errorf("got %+v", key)
	}
	sameKey(t, f)
}

func sameKey(t *testing.T, f *fake) {
	t.Helper()
	for _, r := range f.requests() {
		if r.Method != http.MethodPost || r.Header.Get("Idempotency-Key") != "one-key" {
			t.Errorf("%s %s under key %q", r.Method, r.URL.Path, r.Header.Get("Idempotency-Key"))
		}
	}
}
