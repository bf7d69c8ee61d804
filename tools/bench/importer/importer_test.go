// Package importer is the smallest test that imports testserver. "make bench"
// times how long its build takes.
package importer

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

func TestStart(t *testing.T) {
	t.Parallel()
	if server := testserver.Start(t); server.Admin().ClientSecret == "" {
		t.Error("the administrator has no client secret")
	}
}
