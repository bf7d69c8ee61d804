package token_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

func open(t *testing.T, p *acctest.Protocol, config map[string]any) *acctest.Opened {
	t.Helper()
	opened, diags := p.Open(kind, config)
	acctest.NoErrors(t, diags)
	return opened
}

func TestEphemeral_IsRevokedAtClose(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	for name, test := range map[string]struct {
		config           map[string]any
		clientID, secret string
		claims           map[string]any
		revoked          bool
	}{
		"a user's":         {worker(nil), workerClient, workerSecret, userClaims, true},
		"an application's": {machine(nil), machineClient, machineSecret, map[string]any{"iss": "atm", "aud": machineID, "scope": nil}, true},
		"on request":       {worker(map[string]any{"revoke_on_close": true, "minimum_lifetime": 600, "audience": workerID}), workerClient, workerSecret, userClaims, true},
		"not on request":   {worker(map[string]any{"revoke_on_close": false}), workerClient, workerSecret, userClaims, false},
	} {
		opened := open(t, p, test.config)
		if diff := cmp.Diff(test.claims, claimsOf(opened.Returned)); diff != "" {
			t.Errorf("%s: claims (-want +got)\n%s", name, diff)
		}
		token := opened.Get("access_token")
		if !active(t, server, test.clientID, test.secret, token) {
			t.Errorf("%s: expired when it was issued", name)
		}
		if diags := p.Close(opened); len(diags) > 0 {
			t.Errorf("%s: close: %s", name, acctest.Print(diags[0]))
		}
		if still := active(t, server, test.clientID, test.secret, token); still == test.revoked {
			t.Errorf("%s: active after close is %t", name, still)
		}
	}
}

func TestEphemeral_ClosingIsBestEffort(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(map[string]any{"max_retries": 0})
	for _, test := range []struct {
		fault testserver.Fault
		warns bool
	}{
		{testserver.Fault{Status: 404}, false},
		{testserver.Fault{Status: 405}, false},
		{testserver.Fault{Status: 501}, false},
		{testserver.Fault{Status: 503}, true},
		{testserver.Fault{Drop: testserver.DropBefore}, true},
		{testserver.Fault{Status: 401, Body: `{"error":"invalid_client","error_description":"` + workerSecret + `"}`}, true},
	} {
		opened := open(t, p, worker(nil))
		test.fault.Path = "/auth/revoke"
		remove := server.Fail(test.fault)
		diags := p.Close(opened)
		remove()
		acctest.NoErrors(t, diags)
		if test.warns {
			acctest.WantWarning(t, diags, "", "not revoked", text(t, opened.Get("expires_at")))
		} else if len(diags) > 0 {
			t.Errorf("%d: %s", test.fault.Status, acctest.Print(diags[0]))
		}
		noSecret(t, diags, workerSecret)
	}
}

func TestEphemeral_BadInput(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	for name, bad := range badRequests {
		t.Run(name, func(t *testing.T) {
			_, diags := p.Open(kind, bad.config)
			acctest.WantError(t, diags, bad.attribute, bad.texts...)
			noSecret(t, diags, text(t, bad.config["client_secret"]))
		})
	}
	server.ForgetRequests()
	_, diags := p.Open(kind, worker(map[string]any{"minimum_lifetime": 601}))
	acctest.WantError(t, diags, "minimum_lifetime", "601")
	if n := server.CountRequests(http.MethodPost, "/auth/revoke"); n != 1 {
		t.Errorf("%d revocations of a token that Terraform never closes", n)
	}
}
