package login_test

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest/everywhere"
)

func TestStores_ThePageWorksOnPostgreSQLToo(t *testing.T) {
	t.Parallel()
	everywhere.RunAgain(t, "^TestBrowser_|^TestVerifier_")
}
