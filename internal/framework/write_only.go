package framework

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// writeOnly reads write-only values, which only the configuration holds: no
// model has one.
type writeOnly struct{ config tfsdk.Config }

// WriteOnly returns a write-only value; an older CLI sends null. With a version
// there has to be one: what was unknown at plan may turn out null, and
// validation has not seen it.
func (w writeOnly) WriteOnly(ctx context.Context, attribute string, version types.Int64) (types.String, error) {
	var value types.String
	if err := asError(w.config.GetAttribute(ctx, path.Root(attribute), &value)); err != nil {
		return value, err
	}
	if value.IsNull() && !version.IsNull() {
		return value, &nullValueError{attribute}
	}
	return value, nil
}

// ValidateWriteOnly finds, at plan time, a write-only value without its version
// (the attribute's name and _version) or a version without its value, and
// returns the value. what is what the value sets, as in "a password".
func ValidateWriteOnly(ctx context.Context, config tfsdk.Config, attribute, what string, diags *diag.Diagnostics) types.String {
	var (
		value   types.String
		version types.Int64
		counter = attribute + "_version"
	)
	diags.Append(config.GetAttribute(ctx, path.Root(attribute), &value)...)
	diags.Append(config.GetAttribute(ctx, path.Root(counter), &version)...)
	switch {
	case value.IsNull() && !version.IsNull():
		diags.AddAttributeError(path.Root(attribute), "Missing "+attribute,
			fmt.Sprintf("%s is set, but %s is missing. Set %s, or remove the version.", counter, what, attribute))
	case !value.IsNull() && version.IsNull():
		diags.AddAttributeError(path.Root(counter), "Missing "+counter,
			fmt.Sprintf("Terraform does not store %s, so the provider sets it again only when its version changes. Add, for example, %s = 1.", attribute, counter))
	}
	return value
}

// nullValueError is a write-only value that is null though its version says
// that there is one.
type nullValueError struct{ attribute string }

func (e *nullValueError) Error() string { return e.attribute + " is null" }

// Diagnose implements [Diagnosable].
func (e *nullValueError) Diagnose(diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root(e.attribute), e.attribute+" is null",
		e.attribute+"_version is set, and the value is null. Nothing was written. Check where the value comes from.")
}
