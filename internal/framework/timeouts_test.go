package framework_test

import (
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// Each operation ends by its own timeout, which the error names.
func TestTimeouts_AreNamed(t *testing.T) {
	server, h := acctest.Start(t)
	p := signedIn(h, nil)
	config := func(name, kind string) map[string]any {
		return map[string]any{"name": name, "timeouts": map[string]any{kind: "150ms"}}
	}
	slowly := func(operation func()) {
		defer server.Fail(testserver.Fault{Path: "/api/v1/**", Delay: time.Minute})()
		operation()
	}
	slowly(func() {
		acctest.WantError(t, p.Apply(p.New("atm_suite"), config("one", "create")), "", "timeouts.create (150ms) is over")
	})
	suite := p.New("atm_suite")
	acctest.NoErrors(t, p.Apply(suite, config("two", "read")))
	slowly(func() { acctest.WantError(t, p.Refresh(suite), "", "timeouts.read (150ms) is over") })
	acctest.NoErrors(t, p.Apply(suite, config("two", "update")))
	slowly(func() {
		acctest.WantError(t, p.Apply(suite, config("three", "update")), "", "timeouts.update (150ms) is over")
	})
	acctest.NoErrors(t, p.Apply(suite, config("two", "delete")))
	slowly(func() { acctest.WantError(t, p.Apply(suite, nil), "", "timeouts.delete (150ms) is over") })
	acctest.NoErrors(t, p.Apply(suite, config("two", "read"))) // for a delete that may take its time
	acctest.NoErrors(t, p.Apply(suite, nil))
}
