package framework

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// ATM returns 404 for an object that does not exist and for one that the
// caller may not see, and so does another ATM at the same address. This file
// decides, in one place, which 404 says that the object is gone.

// Scope is where an object is. A caller of that scope sees the object as long
// as it exists and is not moved.
type Scope struct {
	// SuiteID and ProjectID are in the object's state.
	SuiteID, ProjectID string
	// ApplicationID is given for an object whose state has neither: it is in the
	// suite of this application, which private state keeps.
	ApplicationID string
}

func (r *managed[M]) scope(ctx context.Context, state tfsdk.State) Scope {
	var model M
	if Get(ctx, state.Raw, state.Schema, &model).HasError() {
		return Scope{} // only a super admin's scope covers it
	}
	return r.own.Scope(&model)
}

// judgeMissing returns nil if the not-found error of an object says that the
// object is gone, and else an error to show.
func (r *managed[M]) judgeMissing(ctx context.Context, cause error, state tfsdk.State, private Getter) (*atm.Me, error) {
	unclear := &unclearError{kind: r.typeName(), label: r.label(ctx, state), cause: cause}
	if unclear.me, unclear.noMe = r.conn.Caller(ctx); unclear.noMe != nil {
		return nil, unclear
	}
	var stored string
	if _, diags := Private(ctx, private, keyInstance, &stored); diags.HasError() {
		return nil, asError(diags)
	}
	unclear.stored = stored
	unclear.scope = r.scope(ctx, state)
	if unclear.scope.ApplicationID != "" {
		unclear.scope.SuiteID = r.suiteOfAssignment(ctx, unclear.scope.ApplicationID, private)
	}
	if unclear.otherInstance() || !covers(unclear.me, unclear.scope) {
		return nil, unclear
	}
	return unclear.me, nil
}

// suiteOfAssignment is the suite that private state keeps, or the suite of the
// application if that can be read; "" if neither is known.
func (r *managed[M]) suiteOfAssignment(ctx context.Context, application string, private Getter) string {
	var suite string
	if found, diags := Private(ctx, private, keySuite, &suite); found && !diags.HasError() {
		return suite
	}
	suite, _ = r.conn.suiteOf(ctx, application) // unknown if it cannot be read
	return suite
}

// covers reports whether the caller sees every object of the scope.
func covers(me *atm.Me, scope Scope) bool {
	switch me.Role {
	case atm.SuperAdmin:
		return true
	case atm.SuiteAdmin:
		return scope.SuiteID != "" && scope.SuiteID == me.SuiteId
	case atm.SystemUser:
		return scope.ProjectID != "" && scope.ProjectID == me.ProjectId
	}
	return false
}

// short is as much of an instance id as private state keeps.
func short(instance string) string { return instance[:min(len(instance), 8)] }

// hasOrigin reports whether private state has all that [managed.judgeMissing]
// needs.
func (r *managed[M]) hasOrigin(ctx context.Context, scope Scope, private Getter) bool {
	var instance, suite string
	hasInstance, _ := Private(ctx, private, keyInstance, &instance)
	hasSuite, _ := Private(ctx, private, keySuite, &suite)
	return hasInstance && (hasSuite || scope.ApplicationID == "")
}

// storeOrigin keeps the instance, and for an assignment the suite, in private
// state, unless they are there or me is nil. It fails no operation.
func (r *managed[M]) storeOrigin(ctx context.Context, scope Scope, private PrivateState, me *atm.Me, diags *diag.Diagnostics) {
	if me == nil || r.hasOrigin(ctx, scope, private) {
		return
	}
	var instance string
	if found, _ := Private(ctx, private, keyInstance, &instance); !found {
		diags.Append(SetPrivate(ctx, private, keyInstance, short(me.InstanceId))...)
	}
	if scope.ApplicationID == "" {
		return
	}
	limited, cancel := briefly(ctx)
	defer cancel()
	if suite := r.suiteOfAssignment(limited, scope.ApplicationID, private); suite != "" {
		diags.Append(SetPrivate(ctx, private, keySuite, suite)...)
	}
}

// learnSuite remembers the suite of an object, for assignments to it.
func (r *managed[M]) learnSuite(ctx context.Context, state tfsdk.State, model *M) {
	if scope := r.own.Scope(model); scope.ApplicationID == "" {
		r.conn.suites.learn(r.label(ctx, state), scope.SuiteID)
	}
}

// deletedWarning is what a plan says of an object that is gone.
func (r *managed[M]) deletedWarning(ctx context.Context, me *atm.Me, state tfsdk.State, diags *diag.Diagnostics) {
	detail := fmt.Sprintf("%s %q is no longer in ATM. The plan creates it again.", r.typeName(), r.label(ctx, state))
	if me.Role != atm.SuperAdmin {
		detail += fmt.Sprintf(" If a super admin has moved it out of the scope of %s (%s), it still exists: a moved object looks the same to this caller as a deleted one."+
			" Check before you apply.", me.Email, me.Role)
	}
	diags.AddWarning(r.typeName()+" was deleted outside Terraform", detail)
}

// unclearError is a 404 that does not tell whether the object is gone.
type unclearError struct {
	kind, label string
	cause       error
	me          *atm.Me
	noMe        error
	// stored is the instance that the object was last read from, where it is known.
	stored string
	scope  Scope
}

func (e *unclearError) otherInstance() bool {
	return e.stored != "" && e.stored != short(e.me.InstanceId)
}

// Error implements error.
func (e *unclearError) Error() string { return e.cause.Error() }

// Unwrap returns ATM's 404.
func (e *unclearError) Unwrap() error { return e.cause }

// Diagnose implements [Diagnosable].
func (e *unclearError) Diagnose(diags *diag.Diagnostics) {
	diags.AddError(fmt.Sprintf("Cannot tell whether %s was deleted", e.kind), fmt.Sprintf(
		"ATM returned 404 for %s %q, which does not say whether the object was deleted. %s The state is unchanged.\n\n"+
			"If the endpoint or the credentials are wrong, correct them in the provider block (or in the ATM_ variables). If the object was deleted, remove it from the state: terraform state rm ADDRESS, with the address of this %s.\n\n%v",
		e.kind, e.label, e.why(), e.kind, e.cause))
}

func (e *unclearError) why() string {
	if e.noMe != nil {
		return fmt.Sprintf("The provider has to know who calls and which ATM responds, and could not read that: %v.", e.noMe)
	}
	if e.otherInstance() {
		return fmt.Sprintf("It was last read from the ATM instance %s, and this response is from the instance %s, as %s.", e.stored, short(e.me.InstanceId), identity(e.me))
	}
	return fmt.Sprintf("The provider signs in as %s, and the object is in %s.", identity(e.me), e.scope)
}

// identity describes the caller and its scope.
func identity(me *atm.Me) string {
	switch me.Role {
	case atm.SuperAdmin:
		return me.Email + " (super_admin, who sees everything)"
	case atm.SuiteAdmin:
		return fmt.Sprintf("%s (suite_admin, who sees the suite %s)", me.Email, me.SuiteId)
	}
	return fmt.Sprintf("%s (%s, who sees the project %s of the suite %s)", me.Email, me.Role, me.ProjectId, me.SuiteId)
}

// String describes the scope for a message.
func (s Scope) String() string {
	switch {
	case s.SuiteID == "" && s.ProjectID == "":
		return "a suite that Terraform does not know"
	case s.ProjectID == "":
		return "the suite " + s.SuiteID
	case s.SuiteID == "":
		return "the project " + s.ProjectID
	}
	return fmt.Sprintf("the project %s of the suite %s", s.ProjectID, s.SuiteID)
}
