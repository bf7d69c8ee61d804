package framework

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Request is what every operation on one object receives.
type Request struct {
	Client *atm.Client
	// Private is the object's private state. A create has none to read.
	Private PrivateState
	// Diags takes warnings; errors are returned.
	Diags *diag.Diagnostics
}

// CreateRequest is a create.
type CreateRequest[M any] struct {
	Request
	writeOnly
	// Plan is the plan's model, and becomes the state's.
	Plan *M
	// Key is the Idempotency-Key.
	Key string
	// Partial is set by a Create that failed after ATM had made a part of the
	// object, or may have. Terraform keeps it as tainted.
	Partial bool
}

// ReadRequest is a read.
type ReadRequest[M any] struct {
	Request
	State *M
	// Imported is true in the Read that follows an import.
	Imported bool
	// Recovered is true in the Read that found what a create with unknown outcome
	// made, which Terraform then replaces.
	Recovered bool
	// Changes takes what Read found changed outside Terraform in something that
	// the model does not show, such as "the client secret".
	Changes []string
}

// UpdateRequest is an update in place.
type UpdateRequest[M any] struct {
	Request
	writeOnly
	// Plan is the plan's model, and becomes the state's unless the update fails.
	Plan, State *M
	// Etag is the object's as last read.
	Etag string
	// Key is the Idempotency-Key of what has no etag.
	Key string
}

// DeleteRequest is a delete.
type DeleteRequest[M any] struct {
	Request
	State *M
	// Etag is the object's as last read; "" after a create with unknown outcome.
	Etag string
	// Recovered is true in the Delete that found what a create with unknown
	// outcome made.
	Recovered bool
	// Unfinished is true without private state, as Terraform's delete of a
	// tainted object that it replaces has none.
	Unfinished bool
}

// PlanRequest is the plan of a create or an update.
type PlanRequest[M any] struct {
	// Plan is what is planned so far, to be changed.
	Plan *M
	// State is nil for a create, that of a replacement included.
	State   *M
	Config  tfsdk.Config
	Private Getter
	Diags   *diag.Diagnostics
	// ClientID is that of [Connection].
	ClientID string
}
