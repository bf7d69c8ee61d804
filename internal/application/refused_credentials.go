package application

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// revalidate repeats, before a write, the validation of what was unknown at plan: a
// private key is not sent, and an empty login_ids admits no user.
func (m *model) revalidate(ctx context.Context) error {
	var diags diag.Diagnostics
	validateCredentials(ctx, m.AuthenticatorType, m.FederatedCredentials, &diags)
	validateKeys(ctx, m.PublicKeys, &diags)
	if diags.HasError() {
		return &invalidError{diags}
	}
	return nil
}

// invalidError is what validation finds at apply.
type invalidError struct{ diags diag.Diagnostics }

func (e *invalidError) Error() string { return e.diags[0].Summary() }

// Diagnose implements [framework.Diagnosable].
func (e *invalidError) Diagnose(diags *diag.Diagnostics) { diags.Append(e.diags...) }

// refused makes ATM's refusal of a write name the entries of
// federated_credentials and public_keys, which it knows by their index. prior is
// nil for a create.
func (m *model) refused(ctx context.Context, prior *model, err error) error {
	var problem *atm.ProblemError
	if !errors.As(err, &problem) {
		return err
	}
	now := m.entries(ctx)
	for i, field := range problem.Errors {
		if entry, member, ok := now.at(field.Pointer); ok {
			problem.Errors[i].Detail = strings.Join(slices.DeleteFunc([]string{entry + ":", member, field.Detail}, func(s string) bool { return s == "" }), " ")
		}
	}
	if prior == nil || problem.Status != http.StatusForbidden || problem.RequiredRole == "" {
		return err
	}
	if changed := now.changed(prior.entries(ctx)); len(changed) > 0 {
		return &forbiddenError{problem, changed}
	}
	return err
}

// entry is an element of a set, as it was sent.
type entry struct {
	label string
	sent  any
}

// entries are those that were sent, by attribute.
type entries map[string][]entry

func (m *model) entries(ctx context.Context) entries {
	out := entries{}
	for _, c := range sentCredentials(ctx, m.FederatedCredentials) {
		out[attrCredentials] = append(out[attrCredentials], entry{strconv.Quote(c.Name), c})
	}
	for _, k := range sentKeys(ctx, m.PublicKeys) {
		out[attrKeys] = append(out[attrKeys], entry{keyLabel(k.Kid), k})
	}
	return out
}

// at finds the entry that a JSON pointer leads to, and the Terraform name of its
// member, empty where it leads to the entry.
func (e entries) at(pointer string) (label, member string, ok bool) {
	steps := strings.SplitN(strings.TrimPrefix(pointer, "/"), "/", 3)
	if len(steps) < 2 {
		return "", "", false
	}
	list := e[atm.FieldError{Pointer: pointer}.Field()]
	index, err := strconv.Atoi(steps[1])
	if err != nil || index < 0 || index >= len(list) {
		return "", "", false
	}
	if len(steps) == 3 {
		member = atm.FieldError{Pointer: steps[2]}.Field()
	}
	return list[index].label, member, true
}

// changed lists the entries that only one side has, by attribute.
func (e entries) changed(prior entries) map[string][]string {
	out := map[string][]string{}
	for _, attribute := range []string{attrCredentials, attrKeys} {
		for _, sides := range [][2][]entry{{e[attribute], prior[attribute]}, {prior[attribute], e[attribute]}} {
			for _, one := range sides[0] {
				same := func(other entry) bool { return reflect.DeepEqual(one, other) }
				if !slices.ContainsFunc(sides[1], same) && !slices.Contains(out[attribute], one.label) {
					out[attribute] = append(out[attribute], one.label)
				}
			}
		}
	}
	return out
}

// forbiddenError is ATM's refusal to let the caller change entries.
type forbiddenError struct {
	problem *atm.ProblemError
	changed map[string][]string // of attributes to the labels of the entries
}

func (e *forbiddenError) Error() string { return e.problem.Error() }
func (e *forbiddenError) Unwrap() error { return e.problem }

// Diagnose implements [framework.Diagnosable].
func (e *forbiddenError) Diagnose(diags *diag.Diagnostics) {
	for attribute, labels := range e.changed {
		diags.AddAttributeError(path.Root(attribute), "Permission denied",
			fmt.Sprintf("ATM refused to change %s (%s), which takes the right to rotate the client secret. It needs the role %s; the user that the provider signs in as has the role %s. Sign in as a user of that role.\n\n%v",
				attribute, strings.Join(labels, ", "), e.problem.RequiredRole, e.problem.CallerRole, e.problem))
	}
}
