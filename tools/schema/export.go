package main

import (
	"context"
	"errors"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// providerKey is the name under which the schema is written. tfplugindocs
// looks a provider up by its short name only, never by "tci-pf/atm".
const providerKey = "atm"

// export asks server for its schemas and identities and converts them to
// Terraform's JSON representation, format version 1.0.
//
// It fails on any error diagnostic of the provider, and on anything in the
// schema that the representation has no word for.
func export(ctx context.Context, server tfprotov6.ProviderServer) (*tfjson.ProviderSchemas, error) {
	answer, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask for the provider's schema: %w", err)
	}
	if err := diagnosticsError(answer.Diagnostics); err != nil {
		return nil, fmt.Errorf("ask for the provider's schema: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask for the resources' identities: %w", err)
	}
	if err := diagnosticsError(identities.Diagnostics); err != nil {
		return nil, fmt.Errorf("ask for the resources' identities: %w", err)
	}

	converted, err := convertProvider(answer, identities.IdentitySchemas)
	if err != nil {
		return nil, err
	}
	return &tfjson.ProviderSchemas{
		FormatVersion: "1.0",
		Schemas:       map[string]*tfjson.ProviderSchema{providerKey: converted},
	}, nil
}

func diagnosticsError(diagnostics []*tfprotov6.Diagnostic) error {
	var errs []error
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs = append(errs, fmt.Errorf("%s: %s", d.Summary, d.Detail))
		}
	}
	return errors.Join(errs...)
}

func convertProvider(answer *tfprotov6.GetProviderSchemaResponse, identities map[string]*tfprotov6.ResourceIdentitySchema) (*tfjson.ProviderSchema, error) {
	var out tfjson.ProviderSchema
	var err error
	if out.ConfigSchema, err = convertSchema(answer.Provider); err != nil {
		return nil, fmt.Errorf("provider block: %w", err)
	}
	if out.ResourceSchemas, err = convertEach(answer.ResourceSchemas, convertSchema); err != nil {
		return nil, fmt.Errorf("resource %w", err)
	}
	if out.DataSourceSchemas, err = convertEach(answer.DataSourceSchemas, convertSchema); err != nil {
		return nil, fmt.Errorf("data source %w", err)
	}
	if out.EphemeralResourceSchemas, err = convertEach(answer.EphemeralResourceSchemas, convertSchema); err != nil {
		return nil, fmt.Errorf("ephemeral resource %w", err)
	}
	if out.ListResourceSchemas, err = convertEach(answer.ListResourceSchemas, convertSchema); err != nil {
		return nil, fmt.Errorf("list resource %w", err)
	}
	if out.ActionSchemas, err = convertEach(answer.ActionSchemas, convertAction); err != nil {
		return nil, fmt.Errorf("action %w", err)
	}
	if out.Functions, err = convertEach(answer.Functions, convertFunction); err != nil {
		return nil, fmt.Errorf("function %w", err)
	}
	if out.ResourceIdentitySchemas, err = convertEach(identities, convertIdentity); err != nil {
		return nil, fmt.Errorf("identity of %w", err)
	}
	return &out, nil
}

// convertEach converts the values of a map; an error names the key it came from.
func convertEach[In, Out any](in map[string]In, convert func(In) (Out, error)) (map[string]Out, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make(map[string]Out, len(in))
	for name, value := range in {
		converted, err := convert(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = converted
	}
	return out, nil
}
