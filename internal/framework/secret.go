package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

const keyAdopted = "adopted"

// Adopted marks an object that was imported: its secrets were set before
// Terraform knew it. Read calls it.
func (op *Op) Adopted(ctx context.Context) {
	if op.Imported {
		op.Diags.Append(SetPrivate(ctx, op.Private, keyAdopted, true)...)
	}
}

// NewVersion reports whether a change of a _version argument asks for the
// write-only value to be sent. The first version of an imported object does
// not: what it has stays until the version changes.
func (op *Op) NewVersion(ctx context.Context, before, now types.Int64) bool {
	if now.IsNull() || now.Equal(before) {
		return false
	}
	adopted := IsAdopted(ctx, op.Private)
	op.Diags.Append(DeletePrivate(ctx, op.Private, keyAdopted)...)
	return !adopted || !before.IsNull()
}

// IsAdopted reports whether the object was imported and has had no version since.
func IsAdopted(ctx context.Context, private Getter) bool {
	var adopted bool
	_, _ = Private(ctx, private, keyAdopted, &adopted)
	return adopted
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
