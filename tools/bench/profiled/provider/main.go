// Command provider is terraform-provider-atm with a CPU profile of each of its
// processes (BENCH_PROFILE=DIR make bench). It is never released.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/tci-pf/terraform-provider-atm/internal/provider"
	"github.com/tci-pf/terraform-provider-atm/tools/bench/profiled/internal/profile"
)

var version = "profiled"

func main() {
	stop, err := profile.Start()
	if err != nil {
		log.Fatal(err)
	}
	if err := provider.SkipUnreadLogs(); err != nil {
		log.Fatal(err)
	}
	err = providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/tci-pf/atm",
	})
	if err != nil {
		log.Fatalf("serve the ATM provider: %s", err)
	}
	if err := stop(); err != nil {
		log.Fatal(err)
	}
}
