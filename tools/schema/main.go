// Command schema writes the provider's schemas to standard output, in the
// format of "terraform providers schema -json", from which tfplugindocs
// generates docs/.
//
// It calls the provider in process. Terraform's own export does not serve: it
// contains only what the installed version knows, and Terraform 1.11 knows
// neither list resources nor actions.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/provider"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "schema: %s\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	server := provider.Server("dev")()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return fmt.Errorf("get the provider's schemas: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return fmt.Errorf("get the resources' identity schemas: %w", err)
	}
	if err := failed(append(schemas.Diagnostics, identities.Diagnostics...)); err != nil {
		return fmt.Errorf("get the provider's schemas: %w", err)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(object{
		"format_version": "1.0",
		// tfplugindocs looks a provider up by its short name only.
		"provider_schemas": object{"atm": convert(schemas, identities)},
	})
}

func failed(diagnostics []*tfprotov6.Diagnostic) error {
	var errs []error
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs = append(errs, fmt.Errorf("%s: %s", d.Summary, d.Detail))
		}
	}
	return errors.Join(errs...)
}
