package framework

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// unknownOutcome is what private state keeps of a create with unknown outcome.
// Key decrypts a stored secret for a day, so it is as secret as the state
// itself.
type unknownOutcome struct {
	Key string    `json:"key"`
	At  time.Time `json:"at"`
	// Caller and UserID are the login id and the id of the user that the key
	// belongs to, where they were known.
	Caller string `json:"caller,omitempty"`
	UserID string `json:"user,omitempty"`
}

// belongsTo reports whether the key is the caller's.
func (u unknownOutcome) belongsTo(me *atm.Me) bool {
	if u.UserID != "" {
		return u.UserID == me.UserId
	}
	return u.Caller == "" || strings.EqualFold(u.Caller, me.Email)
}

// keepUnknown saves what is known of a create with unknown outcome: the plan
// without an id, and the key. Terraform marks the object as tainted, and the
// next Read receives both.
func (r *managed[M]) keepUnknown(ctx context.Context, client *atm.Client, lost *atm.UnknownOutcomeError, me *atm.Me, req resource.CreateRequest, resp *resource.CreateResponse) {
	known, err := tftypes.Transform(req.Plan.Raw, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		return tftypes.NewValue(v.Type(), nil), nil
	})
	if err != nil {
		resp.Diagnostics.AddError("Cannot save the unfinished object", err.Error())
		return
	}
	resp.State.Raw = known
	outcome := unknownOutcome{Key: lost.Key, At: r.Now(), Caller: client.Caller()}
	if me != nil {
		outcome.UserID = me.UserId
	}
	resp.Diagnostics.Append(SetPrivate(ctx, resp.Private, keyUnknown, outcome)...)
	resp.Diagnostics.AddWarning("Unknown whether ATM created the object",
		"The create ended without a valid response, so its outcome is unknown. The next plan asks ATM what this create did, and replaces the object or drops it from the state; no orphan and no duplicate remain. Apply again.")
}

// recover asks ATM what a create with unknown outcome did, puts the id of the
// object into the state, and reports whether it found one. A false ok ends the
// Read: nothing was created and the object is dropped, or there is an error. It never looks for the object by
// name: an object of that name may belong to someone else, and Terraform
// destroys a tainted object.
func (r *managed[M]) recover(ctx context.Context, req *Request, resp *resource.ReadResponse) (recovered, ok bool) {
	var outcome unknownOutcome
	found, diags := Private(ctx, resp.Private, keyUnknown, &outcome)
	if resp.Diagnostics.Append(diags...); diags.HasError() {
		return false, false
	}
	identified := r.identified(ctx, resp.State)
	switch {
	case outcome.Key == "" && identified:
		// There is nothing to ask: the object itself tells.
		if found {
			resp.Diagnostics.Append(DeletePrivate(ctx, resp.Private, keyUnknown)...)
		}
		return false, true
	case outcome.Key == "":
		r.drop(ctx, resp, "Its create ended without a response, and the state has no idempotency key with which to ask ATM."+
			" It is unknown whether ATM created the object. If it did, the next apply reports the name or email address as taken, with the import block.")
		return false, false
	}
	exists, err := r.resolve(ctx, req, outcome, &resp.State)
	switch {
	case err != nil:
		r.explain(err, otherOperation, &resp.Diagnostics)
		return false, false
	case !exists:
		r.drop(ctx, resp, "Its create ended without a response. ATM now confirms that the create did nothing, and will do nothing later. The plan creates the object.")
		return false, false
	}
	if !identified {
		r.unprotect(ctx, resp)
	}
	resp.Diagnostics.Append(DeletePrivate(ctx, resp.Private, keyUnknown)...)
	return !identified, !resp.Diagnostics.HasError()
}

// resolve asks ATM what the create under the outcome's key did, puts an id into
// the state, and reports whether there is an object.
func (r *managed[M]) resolve(ctx context.Context, req *Request, outcome unknownOutcome, state *tfsdk.State) (bool, error) {
	made, err := req.Client.ResolveKey(ctx, outcome.Key)
	switch {
	case atm.IsNotFound(err):
		if err := r.judgeNothingMade(ctx, outcome, req.Private, err); err != nil {
			return false, err
		}
	case err != nil:
		return false, err
	case string(made.Type) != r.Type:
		return false, fmt.Errorf("ATM reports that the create of this %s created a %q, which is not possible", r.typeName(), made.Type)
	case len(r.Identity) == 1 && r.Identity[0] == attributeID:
		if err := asError(state.SetAttribute(ctx, path.Root(attributeID), made.Id)); err != nil {
			return false, err
		}
	}
	if own, ok := r.own.(ResourceWithResolveCreate[M]); ok {
		return own.ResolveCreate(ctx, req, made != nil)
	}
	return made != nil, nil
}

// judgeNothingMade returns an error unless the key is of this caller and of
// this instance: to others ATM says the same.
func (r *managed[M]) judgeNothingMade(ctx context.Context, outcome unknownOutcome, private Getter, cause error) error {
	foreign := &foreignKeyError{kind: r.typeName(), caller: outcome.Caller, cause: cause}
	if _, diags := Private(ctx, private, keyInstance, &foreign.stored); diags.HasError() {
		return asError(diags)
	}
	foreign.me, foreign.noMe = r.conn.Caller(ctx)
	if foreign.noMe == nil && outcome.belongsTo(foreign.me) && (foreign.stored == "" || foreign.stored == short(foreign.me.InstanceId)) {
		return nil
	}
	return foreign
}

// drop removes an unfinished object from the state.
func (r *managed[M]) drop(ctx context.Context, resp *resource.ReadResponse, why string) {
	r.identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)
	resp.State.RemoveResource(ctx)
	resp.Diagnostics.AddWarning(fmt.Sprintf("An unfinished %s is dropped from the state", r.typeName()), why)
}

// unprotect lets Terraform replace an object that was never finished.
func (r *managed[M]) unprotect(ctx context.Context, resp *resource.ReadResponse) {
	if r.protects() {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attributeDeletionProtection), false)...)
	}
}

// foreignKeyError is a key of which the response says nothing, since it may be
// another caller's or another instance's.
type foreignKeyError struct {
	kind, caller, stored string
	me                   *atm.Me
	noMe, cause          error
}

// Error implements error.
func (e *foreignKeyError) Error() string { return e.cause.Error() }

// Unwrap returns ATM's 404.
func (e *foreignKeyError) Unwrap() error { return e.cause }

// Diagnose implements [Diagnosable].
func (e *foreignKeyError) Diagnose(diags *diag.Diagnostics) {
	asked := "the caller of that create"
	if e.caller != "" {
		asked = e.caller
	}
	var why string
	switch {
	case e.noMe != nil:
		why = fmt.Sprintf("The provider could not read who it signs in as: %v", e.noMe)
	case e.stored != "" && e.stored != short(e.me.InstanceId):
		why = fmt.Sprintf("The create went to the ATM instance %s, and this response is from the instance %s", e.stored, short(e.me.InstanceId))
	default:
		why = fmt.Sprintf("The provider now signs in as %s", identity(e.me))
	}
	diags.AddError(fmt.Sprintf("Cannot tell whether %s was created", e.kind), fmt.Sprintf(
		"Its create ended without a response, and ATM reports the result of the create only to %s, at the instance that received it. %s. The state is unchanged.\n\n"+
			"Plan once with the credentials and the endpoint of that create. Or look in ATM whether the object exists, remove the unfinished one from the state (terraform state rm ADDRESS), and import what exists.\n\n%v",
		asked, why, e.cause))
}
