package seed_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation/validationtest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/seed"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func TestApply_AnApplicationThatAuthenticatesByAssertion(t *testing.T) {
	t.Parallel()
	st := open(t)
	const head = "suites:\n  - name: Demo\n    projects:\n      - name: Pay\n        applications:\n          - name: App\n" +
		"            clientId: pipeline\n            authenticatorType: user_credentials\n"
	trust := head + "            clientAuthentication: assertion\n            federatedCredentials:\n" +
		"              - {name: b, issuer: https://ci.example, subject: s, audience: atm, claims: {ref: main}, loginIds: [a@b.de], jwksUri: https://ci.example/k, singleUse: true}\n" +
		"              - {name: a, issuer: https://ci.example, subject: s, audience: atm}\n" +
		"            publicKeys:\n              - kid: one\n                pem: |\n"
	for line := range strings.Lines(validationtest.P256PEM) {
		trust += "                  " + line
	}
	read := func() store.Application {
		t.Helper()
		a, err := st.Direct(t.Context()).ApplicationByClientID("pipeline")
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for range 2 {
		if err := apply(t, st, "seed.yaml", trust, now); err != nil {
			t.Fatal(err)
		}
	}
	first := read()
	if first.SecretHash != nil || len(first.FederatedCredentials) != 2 || first.FederatedCredentials[1].Claims["ref"] != "main" || !first.FederatedCredentials[1].SingleUse ||
		first.PublicKeys[0].KeyID != "one" || first.PublicKeys[0].PEM != validationtest.P256PEM || !first.UpdatedAt.Equal(first.CreatedAt) {
		t.Errorf("applied as %+v", first)
	}
	if err := apply(t, st, "seed.yaml", head+"            clientSecret: "+clientSecret+"\n", now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if without := read(); without.SecretHash == nil || len(without.FederatedCredentials)+len(without.PublicKeys) != 0 {
		t.Errorf("an entry without them leaves %+v", without)
	}
}

func TestCheckTrust_NamesTheLine(t *testing.T) {
	t.Parallel()
	s, err := seed.Parse("seed.yaml", []byte("suites:\n  - name: Demo\n    projects:\n      - name: Pay\n        applications:\n          - name: App\n"+
		"            authenticatorType: user_credentials\n            federatedCredentials: [{name: ci, issuer: http://ci.example, subject: s, audience: atm}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	const want = "seed.yaml:8:55: suites[0].projects[0].applications[0].federatedCredentials[0].issuer must begin with https://"
	if err := s.CheckTrust(federation.Policy{}); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if err := s.CheckTrust(federation.Policy{AllowPrivate: true}); err != nil {
		t.Error(err)
	}
}

// A restart keeps what super admins added to the administrator's application,
// and nothing that a suite admin could have added.
func TestAdministrator_KeepsFederatedCredentials(t *testing.T) {
	t.Parallel()
	st := open(t)
	start := func() store.Application {
		t.Helper()
		administrator := seed.Administrator{Place: "Home", ApplicationName: "Administrator", ClientID: "administrator",
			Email: "root@example.com", Secret: clientSecret}
		err := st.Write(t.Context(), func(tx *store.Tx) error { return administrator.ApplyIn(tx, now) })
		if err != nil {
			t.Fatal(err)
		}
		a, err := st.Direct(t.Context()).ApplicationByClientID("administrator")
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := start()
	a.ClientAuthentication = "assertion"
	a.FederatedCredentials = []store.FederatedCredential{{Name: "ci", Issuer: "https://ci.example", Subject: "s", Audience: "atm"}}
	err := st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.UpdateApplication(a, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if kept := start(); len(kept.FederatedCredentials) != 1 || kept.ClientAuthentication != "secret" || kept.SecretHash == nil {
		t.Errorf("a restart with the flags leaves %+v", kept)
	}
	err = st.Write(t.Context(), func(tx *store.Tx) error {
		admin, err := tx.UserByEmail("root@example.com")
		if err != nil {
			return err
		}
		return tx.DeleteAssignment(a.ID, admin.ID, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	if lost := start(); len(lost.FederatedCredentials) != 0 {
		t.Error("a suite admin's federated credential signs in as the administrator")
	}
}
