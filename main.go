// Command terraform-provider-atm is the Terraform provider for ATM, the
// access-token manager. Terraform and OpenTofu start it; people do not.
package main

import (
	"flag"
	"log"
	"os"
	"runtime/debug"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/tci-pf/terraform-provider-atm/internal/provider"
)

// version is set by the release build (-ldflags "-X main.version=…") and
// travels in the User-Agent of every request to ATM.
var version = "dev"

func main() {
	attach := flag.Bool("debug", false, "serve for a debugger such as delve: print the TF_REATTACH_PROVIDERS value to set for Terraform")
	flag.Parse()

	if !*attach {
		if err := provider.SkipUnreadLogs(); err != nil {
			log.Fatalf("serve the ATM provider: %s", err)
		}
	}
	collectLess()
	var options []tf6server.ServeOpt
	if *attach {
		options = append(options, tf6server.WithManagedDebug())
	}
	err := tf6server.Serve("registry.terraform.io/tci-pf/atm", provider.Server(version), options...)
	if err != nil {
		log.Fatalf("serve the ATM provider: %s", err)
	}
}

// collectLess lets the heap grow to three times of what is in use before the
// garbage collector runs, instead of twice. What is in use are a few megabytes
// at any number of objects, and collecting them hundreds of times in a plan
// took a tenth of the provider's time. GOGC has the last word.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}
