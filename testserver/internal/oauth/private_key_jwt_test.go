package oauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

func TestPrivateKeyJWT(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		private, other := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
		key := func(kid string, k *ecdsa.PrivateKey) store.PublicKey {
			der := must(x509.MarshalPKIXPublicKey(k.Public()))
			return store.PublicKey{KeyID: kid, PEM: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
		}
		r.change(m2mClient, func(a *store.Application) {
			a.ClientAuthentication, a.PublicKeys = "assertion", []store.PublicKey{key("old", private), key("new", other)}
		})
		r.change(otherClient, func(a *store.Application) { a.PublicKeys = []store.PublicKey{key("old", other)} })
		sign := func(k *ecdsa.PrivateKey, kid string, more testissuer.Claims) string {
			claims := testissuer.Claims{"iss": m2mClient, "sub": m2mClient, "aud": publicURL, "jti": rand.Text(),
				"iat": r.clock.Now().Unix(), "exp": r.clock.Now().Add(5 * time.Minute).Unix()}
			maps.Copy(claims, more)
			return testissuer.Sign(jwt.SigningMethodES256, k, map[string]any{"kid": kid, "typ": "client-authentication+jwt"}, claims)
		}
		once := sign(private, "old", nil)
		tokens := r.wantTokens(r.assert(once))
		if e := r.lastEvent(); e.Method != oauth.MethodKey || e.Credential != "old" {
			t.Errorf("event %+v", e)
		}
		renewed := r.wantTokens(r.assert(sign(other, "new", nil)))
		r.wantRefused("a replayed jti", r.assert(once), "assertion_replayed")
		r.wantRefused("the token endpoint", r.assert(sign(private, "old", testissuer.Claims{"aud": publicURL + "/auth/token"})), "assertion_audience")
		r.wantRefused("an array of two", r.assert(sign(private, "old", testissuer.Claims{"aud": []string{publicURL, publicURL + "/auth/token"}})), "assertion_audience")
		r.wantRefused("an hour of life", r.assert(sign(private, "old", testissuer.Claims{"exp": start.Add(time.Hour).Unix()})), "assertion_lifetime")
		r.wantRefused("another clientId", r.form("/auth/token", by(sign(private, "old", nil), "client_id", otherClient, "grant_type", "user_credentials",
			"login_id", loginID)...), "assertion_issuer")
		r.wantRefused("another application's key", r.form("/auth/token", by(sign(private, "old", testissuer.Claims{"iss": otherClient, "sub": otherClient}),
			"client_id", otherClient, "grant_type", "user_credentials", "login_id", loginID)...), "assertion_signature")
		access := tokens.str("access_token")
		if a := r.form("/auth/introspect", by(sign(other, "new", nil), "client_id", m2mClient, "token", access)...); a.body["active"] != true {
			t.Errorf("introspection: %s", a.Body)
		}
		// No limit of six hours: the application has its key as long as it has it.
		r.clock.Freeze(start.Add(7 * time.Hour))
		renewed = r.wantTokens(r.refresh(renewed))
		r.change(m2mClient, func(a *store.Application) { a.PublicKeys = a.PublicKeys[:1] }) // "new" is the first
		r.wantError(r.refresh(tokens), 400, "invalid_grant")
		r.wantTokens(r.refresh(renewed))
		r.wantRefused("a key that was removed", r.assert(sign(private, "old", nil)), "assertion_key")
		if a := r.form("/auth/revoke", by(sign(other, "new", nil), "client_id", m2mClient, "token", renewed.str("access_token"))...); a.Code != 200 {
			t.Errorf("revocation: %d %s", a.Code, a.Body)
		}
	})
}
