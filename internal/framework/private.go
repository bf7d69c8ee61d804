package framework

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Getter reads private state.
type Getter interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// PrivateState is Terraform's private state of one object: it is part of plan
// and state, and Terraform never shows it.
type PrivateState interface {
	Getter
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// Keys of the private state that all resources use.
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

// SetPrivate stores a value under a key of the private state.
func SetPrivate(ctx context.Context, private PrivateState, key string, value any) diag.Diagnostics {
	text, err := json.Marshal(value)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Cannot write private state", err.Error())}
	}
	return private.SetKey(ctx, key, text)
}

// Private reads what [SetPrivate] stored and reports whether there was something.
func Private(ctx context.Context, private Getter, key string, value any) (bool, diag.Diagnostics) {
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

// DeletePrivate removes a key.
func DeletePrivate(ctx context.Context, private PrivateState, key string) diag.Diagnostics {
	return private.SetKey(ctx, key, nil)
}
