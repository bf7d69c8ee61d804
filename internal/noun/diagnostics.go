package noun

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Diagnosable is an error of a noun's own that knows its diagnostics.
type Diagnosable interface {
	error
	Diagnose(diags *diag.Diagnostics)
}

// explain turns an error into diagnostics on the attributes at fault, with the
// remedy.
func (r *Resource[M]) explain(err error, diags *diag.Diagnostics) {
	var own Diagnosable
	if errors.As(err, &own) {
		own.Diagnose(diags)
		return
	}
	Explain(err, r.typeName(), func(name string) bool {
		_, ok := r.Spec.Schema().Attributes[name]
		return ok
	}, diags)
}

// Explain adds diagnostics for an error of the API client. has tells which
// attributes the noun has, so that each complaint stands on its own; typeName
// stands in the import block that a 409 hands over.
func Explain(err error, typeName string, has func(attribute string) bool, diags *diag.Diagnostics) {
	var (
		signIn  *atm.SignInError
		problem *atm.ProblemError
	)
	switch {
	case errors.As(err, &problem) && problem.Type == "":
		notATM(problem, diags)
	case errors.As(err, &signIn):
		diags.AddError("The provider could not sign in to ATM", signIn.Error())
	case problem == nil:
		diags.AddError("ATM could not be asked", err.Error())
	case problem.Type == atm.ProblemNameTaken || problem.Type == atm.ProblemEmailTaken || problem.Type == atm.ProblemAlreadyAssigned:
		taken(problem, typeName, has, diags)
	case problem.Status == http.StatusForbidden:
		diags.AddError("The provider's user may not do this", forbidden(problem))
	case len(problem.Errors) > 0:
		fieldErrors(problem, has, diags)
	default:
		diags.AddError("ATM refused: "+problem.Title, problem.Error())
	}
}

// notATM explains an answer that is no problem document, so not ATM's own.
func notATM(problem *atm.ProblemError, diags *diag.Diagnostics) {
	if problem.Status == http.StatusNotFound || problem.Status == http.StatusMethodNotAllowed {
		diags.AddError("endpoint leads to no ATM",
			"The answer is not ATM's own. Check endpoint in the provider block: it is the base URL, without /api or /auth.\n\n"+problem.Origin())
		return
	}
	diags.AddError(fmt.Sprintf("Something before ATM answered %d", problem.Status),
		"The answer is not ATM's own: a gateway or a proxy gave it. If ATM is only down for a moment, apply again; otherwise check endpoint, proxy_url and headers in the provider block.\n\n"+problem.Origin())
}

func taken(problem *atm.ProblemError, typeName string, has func(string) bool, diags *diag.Diagnostics) {
	detail := problem.Error()
	if problem.Existing != nil {
		detail = fmt.Sprintf("It was created at %s. To manage it with Terraform, import it instead:\n\nimport {\n  to = %s.example\n  id = %q\n}\n\n%s",
			problem.Existing.CreatedAt.UTC().Format("2006-01-02 15:04:05Z"), typeName, problem.Existing.ID, problem.Origin())
	}
	at, summary := "name", "The name is taken"
	if problem.Type == atm.ProblemEmailTaken {
		at, summary = "email", "The e-mail is taken"
	}
	if has(at) {
		diags.AddAttributeError(path.Root(at), summary, detail)
		return
	}
	diags.AddError("It exists already", detail)
}

func forbidden(problem *atm.ProblemError) string {
	detail := problem.Error()
	if problem.RequiredRole != "" {
		detail = fmt.Sprintf("It needs the role %s; the user that the provider signs in as is %s. Use a login_id with that role.\n\n%v",
			problem.RequiredRole, problem.CallerRole, problem)
	}
	return detail
}

func fieldErrors(problem *atm.ProblemError, has func(string) bool, diags *diag.Diagnostics) {
	for _, field := range problem.Errors {
		if name := field.Field(); has(name) {
			diags.AddAttributeError(path.Root(name), "ATM refused "+name, fmt.Sprintf("%s %s.\n\n%s", name, field.Detail, problem.Origin()))
			continue
		}
		diags.AddError("ATM refused the request", fmt.Sprintf("%s %s.\n\n%s", field.Pointer, field.Detail, problem.Origin()))
	}
}

// show prints an attribute of the state for a message.
func show(ctx context.Context, state tfsdk.State, name string) string {
	var value attr.Value
	if state.GetAttribute(ctx, path.Root(name), &value).HasError() || value == nil {
		return "null"
	}
	return value.String()
}
