package framework

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// stale explains a refused write by what changed since the last read, so that
// no change is overwritten unseen.
func (r *managed[M]) stale(ctx context.Context, client *atm.Client, cause error, prior tfsdk.State, diags *diag.Diagnostics) {
	changed, err := r.changedSince(ctx, client, prior)
	what := "The provider could not read what changed: " + fmt.Sprint(err)
	if err == nil {
		what = "Changed since: " + changed
	}
	diags.AddError(fmt.Sprintf("%s %s was changed outside Terraform", r.typeName(), r.label(ctx, prior)),
		fmt.Sprintf("It was changed in ATM after Terraform last read it, so nothing was written. %s. "+
			"Run plan again to see your change against the current object.\n\n%v", what, cause))
}

func (r *managed[M]) changedSince(ctx context.Context, client *atm.Client, prior tfsdk.State) (string, error) {
	var now M
	if err := asError(Get(ctx, prior.Raw, prior.Schema, &now)); err != nil {
		return "", err
	}
	// The marks of this read are thrown away: the failed write must not settle a drift that plan has not shown.
	read := &ReadRequest[M]{Request: Request{client, nothing{}, &diag.Diagnostics{}}, State: &now}
	if _, err := r.own.Read(ctx, read); err != nil {
		return "", err
	}
	fresh := tfsdk.State{Schema: prior.Schema}
	if err := asError(Set(ctx, &fresh.Raw, fresh.Schema, &now)); err != nil {
		return "", err
	}
	differences, err := fresh.Raw.Diff(prior.Raw)
	if err != nil {
		return "", fmt.Errorf("comparing with the state: %w", err)
	}
	var lines []string
	for _, d := range differences {
		if name := rootName(d.Path); name != "" && !slices.Contains(lines, name) {
			lines = append(lines, name)
		}
	}
	if len(lines) == 0 && len(read.Changes) == 0 {
		return "no attribute (the object was changed and changed back)", nil
	}
	slices.Sort(lines)
	for i, name := range lines {
		lines[i] = name + r.fromTo(ctx, name, prior, fresh)
	}
	lines = append(lines, read.Changes...)
	return strings.Join(lines, "; "), nil
}

// fromTo shows both values, unless they are sensitive.
func (r *managed[M]) fromTo(ctx context.Context, name string, prior, fresh tfsdk.State) string {
	if attribute, ok := prior.Schema.GetAttributes()[name]; !ok || attribute.IsSensitive() || attribute.IsWriteOnly() {
		return ""
	}
	return fmt.Sprintf(" (from %s to %s)", show(ctx, prior, name), show(ctx, fresh, name))
}

func rootName(p *tftypes.AttributePath) string {
	if p == nil || len(p.Steps()) == 0 {
		return ""
	}
	name, _ := p.Steps()[0].(tftypes.AttributeName)
	return string(name)
}

// nothing is a private state that keeps nothing.
type nothing struct{}

func (nothing) GetKey(context.Context, string) ([]byte, diag.Diagnostics) { return nil, nil }
func (nothing) SetKey(context.Context, string, []byte) diag.Diagnostics   { return nil }
