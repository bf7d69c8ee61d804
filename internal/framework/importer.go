package framework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// ImportState implements resource.ResourceWithImportState, by id or readable
// key, and by identity where the CLI has it. That the object exists is found
// by the read that follows.
func (r *managed[M]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	values, by := map[string]string{}, importByID
	if req.ID == "" && req.Identity != nil {
		by = importByIdentity
		for _, name := range r.Identity {
			var value types.String
			resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(name), &value)...)
			if values[name] = value.ValueString(); values[name] == "" {
				resp.Diagnostics.AddError(r.typeName()+" cannot be imported by this identity", name+" of the identity is empty.")
			}
		}
		if resp.Diagnostics.HasError() {
			return
		}
	} else {
		if r.defers(req.ClientCapabilities.DeferralAllowed) {
			r.deferImport(ctx, resp)
			return
		}
		client, ok := r.Client(&resp.Diagnostics)
		if !ok {
			return
		}
		limited, cancel := context.WithTimeoutCause(ctx, defaultRead, fmt.Errorf("the import took longer than %s", defaultRead))
		defer cancel()
		found, err := r.own.ResolveImportID(limited, client, req.ID)
		if err != nil {
			r.refuseImport(req.ID, err, resp)
			return
		}
		values = found
	}
	for _, name := range r.Identity {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), values[name])...)
	}
	r.identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)
	resp.Diagnostics.Append(SetPrivate(ctx, resp.Private, keyImported, by)...)
}

// importForm is how an import names the object.
type importForm string

const (
	importByID       importForm = "id"
	importByIdentity importForm = "identity"
)

// nothingToImport says that the object of an import is not there.
func (r *managed[M]) nothingToImport(by importForm, label string, diags *diag.Diagnostics) {
	forms := r.ImportForms
	if by == importByIdentity {
		forms = fmt.Sprintf("An identity takes %s, not a name. To import by name, use id in the import block: %s", strings.Join(r.Identity, " and "), r.ImportForms)
	}
	diags.AddError(fmt.Sprintf("No %s to import", r.typeName()),
		fmt.Sprintf("ATM has no %s %q, or the provider's user cannot see it. %s", r.typeName(), label, forms))
}

// Path splits an import id into the n names of a readable key, as in
// SUITE/PROJECT. Names hold no slash and are not empty; anything else is
// [ErrImportForm].
func Path(id string, n int) ([]string, error) {
	names := strings.Split(id, "/")
	if len(names) != n || slices.Contains(names, "") || !utf8.ValidString(id) {
		return nil, ErrImportForm
	}
	return names, nil
}

// Pair splits an import id into two ids, as in APPLICATION_ID/USER_ID.
func Pair(id string) (first, second string, err error) {
	ids, err := Path(id, 2)
	if err != nil || !LooksLikeID(ids[0]) || !LooksLikeID(ids[1]) {
		return "", "", ErrImportForm
	}
	return ids[0], ids[1], nil
}

// ErrImportForm is what [Resource].ResolveImportID returns for an id of no accepted form.
var ErrImportForm = errors.New("it has none of the accepted forms")

func (r *managed[M]) refuseImport(id string, err error, resp *resource.ImportStateResponse) {
	var none *atm.NoSuchError
	if errors.As(err, &none) || errors.Is(err, ErrImportForm) || atm.IsNotFound(err) {
		resp.Diagnostics.AddError(fmt.Sprintf("%s cannot be imported as %q", r.typeName(), id), fmt.Sprintf("%v. %s", err, r.ImportForms))
		return
	}
	r.explain(err, otherOperation, &resp.Diagnostics)
}
