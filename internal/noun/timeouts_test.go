package noun_test

import (
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// Each operation ends by its own timeout, which the error names.
func TestTimeouts_AreNamed(t *testing.T) {
	server, h := start(t)
	p := signedIn(h, nil)
	config := func(name string) map[string]any {
		return map[string]any{"name": name, "timeouts": map[string]any{"create": "150ms", "read": "150ms", "update": "150ms", "delete": "150ms"}}
	}
	slow := func() func() { return server.Fail(testserver.Fault{Path: "/api/v1/**", Delay: 10 * time.Second}) }
	suite := p.New("atm_suite")

	remove := slow()
	acctest.WantError(t, p.Apply(suite, config("one")), "", "timeouts.create (150ms) is over")
	remove()
	acctest.NoErrors(t, p.Refresh(suite)) // what is not known of the create
	plain := map[string]any{"name": "one"}
	acctest.NoErrors(t, p.Apply(suite, plain))
	acctest.NoErrors(t, p.Apply(suite, config("one"))) // asks ATM for nothing

	remove = slow()
	acctest.WantError(t, p.Refresh(suite), "", "timeouts.read (150ms) is over")
	acctest.WantError(t, p.Apply(suite, config("two")), "", "timeouts.update (150ms) is over")
	acctest.WantError(t, p.Apply(suite, nil), "", "timeouts.delete (150ms) is over")
	remove()
	acctest.NoErrors(t, p.Refresh(suite))
	acctest.NoErrors(t, p.Apply(suite, map[string]any{"name": "two"}))
	acctest.NoErrors(t, p.Apply(suite, nil))
}
