// Command schema asks the provider for everything it offers and writes the
// answer in the format of "terraform providers schema -json", from which
// tfplugindocs generates docs/.
//
// It speaks the plugin protocol in process, so that documentation needs
// neither Terraform nor a registry, and does not depend on which features the
// installed Terraform happens to export (1.11 leaves out list resources and
// actions).
//
// Usage:
//
//	schema > FILE
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/tci-pf/terraform-provider-atm/internal/provider"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "schema: %s\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	schemas, err := export(ctx, provider.Server("dev")())
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(schemas)
}
