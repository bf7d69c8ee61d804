// Command provider is terraform-provider-atm with a CPU profile of each of its
// processes (BENCH_PROFILE=DIR make bench). It is never released.
package main

import (
	"log"
	"runtime/debug"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

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
	debug.SetGCPercent(200) // as the released program
	err = tf6server.Serve("registry.terraform.io/tci-pf/atm", provider.Server(version))
	if err != nil {
		log.Fatalf("serve the ATM provider: %s", err)
	}
	if err := stop(); err != nil {
		log.Fatal(err)
	}
}
