package framework

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/zclconf/go-cty/cty"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// taken explains a name or an email address that another object has. The remedy
// depends on the operation: only a create can be an import instead.
func (e *explainer) taken(problem *atm.ProblemError) {
	at, summary, what := "name", "The name is taken", "name"
	switch problem.Type {
	case atm.ProblemEmailTaken:
		at, summary, what = "email", "The email address is taken", "email address"
	case atm.ProblemAlreadyAssigned:
		at, summary, what = "", "The user is already assigned", "assignment"
	}
	detail := e.owner(problem, what)
	switch e.during {
	case creating:
		detail += e.takenOnCreate(problem, what)
	case updating:
		detail += fmt.Sprintf(" Free the %[1]s first: change or destroy that object in an apply of its own, then apply this change."+
			" Two objects cannot swap a %[1]s in one apply; give one of them a third %[1]s in between.", what)
	}
	detail += "\n\n" + problem.Origin()
	if at != "" && e.has(at) {
		e.diags.AddAttributeError(path.Root(at), summary, detail)
		return
	}
	e.diags.AddError(summary, detail)
}

// owner says which object it is.
func (e *explainer) owner(problem *atm.ProblemError, what string) string {
	switch {
	case problem.Existing == nil:
		return fmt.Sprintf("Another %s, which the provider's user cannot see, has this %s.", e.typeName, what)
	case !LooksLikeID(problem.Existing.ID):
		return fmt.Sprintf("Another %s has this %s. The response names it by a text that is not an id of ATM, which is not repeated here.", e.typeName, what)
	}
	return fmt.Sprintf("The %s %q, created at %s, has this %s.", e.typeName, problem.Existing.ID, problem.Existing.CreatedAt.UTC().Format("2006-01-02 15:04:05Z"), what)
}

func (e *explainer) takenOnCreate(problem *atm.ProblemError, what string) string {
	detail := fmt.Sprintf(" If that is the object that this create replaces (create_before_destroy), both would have the %[1]s at once:"+
		" remove create_before_destroy, or change the %[1]s too.", what)
	if problem.Existing == nil || !LooksLikeID(problem.Existing.ID) {
		return detail
	}
	block, ok := ImportBlock(e.typeName, problem.Existing.ID)
	if !ok {
		return detail
	}
	detail += " Otherwise, to manage the existing object with Terraform, import it:\n\n" + block
	if e.importHint != "" {
		detail += "\n" + e.importHint
	}
	return detail
}

// ImportBlock is the block that imports an object by its id, or an assignment by
// its two. It is false for ids that are not of the shape of ATM's: they must
// not be pasted into a configuration.
func ImportBlock(typeName string, ids ...string) (string, bool) {
	for _, id := range ids {
		if !LooksLikeID(id) {
			return "", false
		}
	}
	file := hclwrite.NewEmptyFile()
	body := file.Body().AppendNewBlock("import", nil).Body()
	body.SetAttributeRaw("to", hclwrite.TokensForIdentifier(typeName+".example"))
	body.SetAttributeValue("id", cty.StringVal(strings.Join(ids, "/")))
	return strings.TrimSuffix(string(file.Bytes()), "\n"), true
}
