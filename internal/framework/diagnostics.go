package framework

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Diagnosable is an error of a resource's own package that knows its diagnostics.
type Diagnosable interface {
	error
	Diagnose(diags *diag.Diagnostics)
}

// operation is what was being done, as far as the remedy of an error depends on
// it.
type operation int

const (
	otherOperation operation = iota
	creating
	updating
)

// explain turns an error into diagnostics on the attributes at fault, with the
// remedy.
func (r *managed[M]) explain(err error, during operation, diags *diag.Diagnostics) {
	var own Diagnosable
	if errors.As(err, &own) {
		own.Diagnose(diags)
		return
	}
	e := explainer{typeName: r.typeName(), during: during, importHint: r.ImportHint, diags: diags, has: in(r.schema().Attributes)}
	e.explain(err)
}

// Explain adds diagnostics for an error of the API client in a data source, an
// action or another operation that changes no managed resource. has reports whether
// the schema has an attribute, so that each complaint is on its own.
func Explain(err error, typeName string, has func(attribute string) bool, diags *diag.Diagnostics) {
	e := explainer{typeName: typeName, has: has, diags: diags}
	e.explain(err)
}

// explainer turns one error into diagnostics.
type explainer struct {
	typeName   string
	during     operation
	importHint string
	has        func(attribute string) bool
	diags      *diag.Diagnostics
}

func (e *explainer) explain(err error) {
	var (
		signIn     *atm.SignInError
		unexpected *atm.UnexpectedResponseError
		problem    *atm.ProblemError
	)
	switch {
	case errors.As(err, &signIn):
		e.diags.AddError("Cannot sign in to ATM", signIn.Error())
	case errors.As(err, &unexpected):
		e.unexpected(unexpected)
	case !errors.As(err, &problem):
		e.diags.AddError("Request to ATM failed", err.Error())
	case !strings.HasPrefix(problem.Type, "urn:atm:problem:"):
		e.gateway(problem.Status, problem.Method, problem.Error())
	case problem.Type == atm.ProblemUnknownPath:
		e.diags.AddError("ATM does not have this path", "ATM responded, and does not have the requested path. Check endpoint in the provider block: it is the base URL of ATM, without /api/v1 or /auth."+
			" If it is, this ATM is an older version, which lacks the operation.\n\n"+problem.Error())
	case problem.Type == atm.ProblemNameTaken || problem.Type == atm.ProblemEmailTaken || problem.Type == atm.ProblemAlreadyAssigned:
		e.taken(problem)
	case e.during == updating && atm.IsNotFound(err):
		e.diags.AddError(e.typeName+" not found", "ATM has no such object, or the provider's user cannot see it, so nothing was written. Run plan again: its refresh shows whether the object was deleted.\n\n"+problem.Error())
	case problem.Status == http.StatusForbidden:
		e.diags.AddError("Permission denied", forbidden(problem))
	case len(problem.Errors) > 0:
		e.fields(problem)
	default:
		e.diags.AddError("ATM refused: "+problem.Title, problem.Error())
	}
}

// unexpected explains a response that the contract does not define.
func (e *explainer) unexpected(err *atm.UnexpectedResponseError) {
	switch {
	case err.Status == http.StatusNotFound && err.SignedIn:
		e.diags.AddError("No management API under endpoint",
			"The sign-in at this endpoint worked, and /api/v1 under it does not respond as ATM. This ATM has no management API there, or a proxy does not forward /api/v1.\n\n"+err.Error())
	case err.Status == http.StatusNotFound:
		e.diags.AddError("Not an ATM server: endpoint returned 404",
			"The response is not from ATM. Check endpoint in the provider block: it is the base URL of ATM, without /api/v1 or /auth.\n\n"+err.Error())
	case err.Status >= http.StatusBadRequest:
		e.gateway(err.Status, err.Method, err.Error())
	default:
		e.diags.AddError("Unexpected response from ATM",
			"ATM does not define this response for this request, so the provider draws no conclusion from it. Check endpoint in the provider block, and whether a proxy or gateway responds in place of ATM.\n\n"+err.Error())
	}
}

// gateway explains an error that ATM did not write.
func (e *explainer) gateway(status int, method, cause string) {
	remedy := "If ATM or the gateway was down only for a moment, apply again. Otherwise check endpoint, proxy_url and headers in the provider block."
	if status == http.StatusMethodNotAllowed {
		remedy = fmt.Sprintf("It must allow %s requests to /api/v1.", method)
	}
	e.diags.AddError(fmt.Sprintf("A proxy or gateway returned %d", status), "The response is not from ATM itself. "+remedy+"\n\n"+cause)
}

func forbidden(problem *atm.ProblemError) string {
	if problem.RequiredRole == "" {
		return "The management API takes only access tokens of a user and of an application that has management access. Use the client_id of such an application," +
			" or let a super admin set management_access = true on the atm_application (the switch of the same name in ATM's console).\n\n" + problem.Error()
	}
	return fmt.Sprintf("It needs the role %s; the user that the provider signs in as has the role %s. Sign in as a user of that role.\n\n%v",
		problem.RequiredRole, problem.CallerRole, problem)
}

// fields puts each complaint on its attribute. A write-only value is sent under
// the name that has no _wo.
func (e *explainer) fields(problem *atm.ProblemError) {
	for _, field := range problem.Errors {
		name := field.Field()
		if writeOnly := name + "_wo"; e.has(writeOnly) {
			name = writeOnly
		}
		if e.has(name) {
			e.diags.AddAttributeError(path.Root(name), "ATM refused "+name, fmt.Sprintf("%s %s.\n\n%s", name, field.Detail, problem.Origin()))
			continue
		}
		e.diags.AddError("ATM refused the request", fmt.Sprintf("%s %s.\n\n%s", field.Pointer, field.Detail, problem.Origin()))
	}
}

// in returns the test for an attribute of these.
func in[A any](attributes map[string]A) func(name string) bool {
	return func(name string) bool {
		_, ok := attributes[name]
		return ok
	}
}

// asError is the first error of diagnostics as an error, or nil.
func asError(diags diag.Diagnostics) error {
	for _, d := range diags.Errors() {
		return fmt.Errorf("%s: %s", d.Summary(), d.Detail())
	}
	return nil
}

// show prints an attribute of the state for a message.
func show(ctx context.Context, state tfsdk.State, name string) string {
	var value attr.Value
	if state.GetAttribute(ctx, path.Root(name), &value).HasError() || value == nil {
		return "null"
	}
	return value.String()
}
