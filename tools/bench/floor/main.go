// Command floor is the provider that terraform-provider-atm is measured
// against by "make bench": it has the same schemas on the same framework, and
// does nothing.
//
// It is never released.
package main

import (
	"context"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/tci-pf/terraform-provider-atm/internal/provider"
	"github.com/tci-pf/terraform-provider-atm/tools/bench/idle"
)

func main() {
	if os.Getenv("BENCH_FLOOR_LOGS") == "" {
		if err := provider.SkipUnreadLogs(); err != nil {
			log.Fatal(err)
		}
	}
	err := providerserver.Serve(context.Background(), idle.New(provider.New("floor")), providerserver.ServeOpts{
		Address: "registry.terraform.io/tci-pf/atm",
	})
	if err != nil {
		log.Fatalf("serve the floor provider: %s", err)
	}
}
