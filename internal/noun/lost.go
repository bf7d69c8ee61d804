package noun

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// lostCreate is what private state keeps of a create without an answer. Key
// opens a stored secret for a day and is worth as much as what stands in state.
type lostCreate struct {
	Key string    `json:"key"`
	At  time.Time `json:"at"`
	// Caller is the login id that the key belongs to, where it was known.
	Caller string `json:"caller,omitempty"`
}

// belongsTo reports whether the caller may be the one whose key it is.
func (l lostCreate) belongsTo(caller string) bool {
	return l.Caller == "" || caller == "" || strings.EqualFold(l.Caller, caller)
}

// recoverLost asks ATM which object the lost create made and puts its id into
// the state; false means that there is none, and the state was removed. It
// never looks by name: what has that name may be someone else's, and a tainted
// object is destroyed.
func (r *Resource[M]) recoverLost(ctx context.Context, op *Op, resp *resource.ReadResponse) bool {
	var lost lostCreate
	found, diags := Recall(ctx, resp.Private, keyLost, &lost)
	if resp.Diagnostics.Append(diags...); diags.HasError() {
		return false
	}
	if found && lost.Key != "" {
		made, err := op.Client.ResolveKey(ctx, lost.Key)
		switch {
		case err == nil:
			resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), made.Id)...)
			r.unprotect(ctx, resp)
			op.Recovered = true
			return !resp.Diagnostics.HasError()
		case !atm.IsNotFound(err):
			r.explain(err, &resp.Diagnostics)
			return false
		case !lost.belongsTo(op.Client.Caller()):
			resp.Diagnostics.AddError(fmt.Sprintf("An unfinished %s is another user's", r.typeName()), fmt.Sprintf(
				"The answer to its create was lost, and ATM tells what became of it only to the user who asked for it: %s. The provider now signs in as %s. "+
					"Plan once as %s. Or look in ATM whether the object is there, take the unfinished one out of the state (terraform state rm), and import what is there.",
				lost.Caller, op.Client.Caller(), lost.Caller))
			return false
		}
	}
	r.identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)
	resp.State.RemoveResource(ctx)
	resp.Diagnostics.AddWarning(fmt.Sprintf("An unfinished %s is dropped from the state", r.typeName()),
		"The answer to its create was lost, and ATM knows of no object that the create made. It is planned for creation.")
	return false
}

// unprotect lets Terraform replace what was never finished.
func (r *Resource[M]) unprotect(ctx context.Context, resp *resource.ReadResponse) {
	if r.protects() {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attributeDeletionProtection), false)...)
	}
}
