package noun

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Getter reads private state.
type Getter interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// Private is Terraform's private state of one object: it travels with plan
// and state and nobody is shown it.
type Private interface {
	Getter
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// Keys of the private state that the frame uses.
const (
	keyEtag     = "etag"
	keyImported = "imported"
	// keyUnknown has a create with unknown outcome. The name is the first release's.
	keyUnknown = "lost_create"
	// keyInstance has the first 8 characters of the id of the ATM instance that the object was first stored from.
	keyInstance = "instance"
	// keySuite has the suite of an assignment, which the assignment itself does not tell.
	keySuite = "suite"
)

// Remember stores a value under a key of the private state.
func Remember(ctx context.Context, private Private, key string, value any) diag.Diagnostics {
	text, err := json.Marshal(value)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Cannot write private state", err.Error())}
	}
	return private.SetKey(ctx, key, text)
}

// Recall reads what [Remember] stored and reports whether there was something.
func Recall(ctx context.Context, private Getter, key string, value any) (bool, diag.Diagnostics) {
	text, diags := private.GetKey(ctx, key)
	if diags.HasError() || len(text) == 0 {
		return false, diags
	}
	if err := json.Unmarshal(text, value); err != nil {
		diags.AddError("Cannot read private state", key+": "+err.Error())
		return false, diags
	}
	return true, diags
}

// Forget removes a key.
func Forget(ctx context.Context, private Private, key string) diag.Diagnostics {
	return private.SetKey(ctx, key, nil)
}
