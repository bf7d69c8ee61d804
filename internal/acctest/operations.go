package acctest

import (
	"math/big"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Plan is what PlanResourceChange returned.
type Plan struct {
	Planned  tftypes.Value
	Private  []byte
	Replace  []string
	Identity *tfprotov6.ResourceIdentityData
	config   tftypes.Value
}

// Changes reports whether an apply would do anything.
func (plan *Plan) Changes(o *Object) bool {
	var planned, prior map[string]tftypes.Value
	if len(plan.Replace) > 0 || plan.Planned.IsNull() != o.State.IsNull() || plan.Planned.As(&planned) != nil || o.State.As(&prior) != nil {
		return true
	}
	for name, value := range planned {
		if !same(value, prior[name]) {
			return true
		}
	}
	return false
}

// Get returns a planned attribute in Go's terms; [Unknown] where it is known
// after apply.
func (plan *Plan) Get(name string) any { return (&Object{State: plan.Planned}).Get(name) }

// Validate checks a configuration as `terraform validate` does.
func (p *Protocol) Validate(kind string, config map[string]any) []*tfprotov6.Diagnostic {
	p.t.Helper()
	resp, err := p.Server.ValidateResourceConfig(p.context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: kind, Config: p.dynamic(p.value(p.block(kind), config)),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	must(p.t, err)
	return resp.Diagnostics
}

// Plan plans the object towards config; a nil config is a destroy.
func (p *Protocol) Plan(o *Object, config map[string]any) (*Plan, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	block := p.block(o.Type)
	written, proposed := tftypes.NewValue(block.ValueType(), nil), tftypes.NewValue(block.ValueType(), nil)
	if config != nil {
		if diags := p.Validate(o.Type, config); HasErrors(diags) {
			return nil, diags
		}
		written = p.value(block, config)
		proposed = p.propose(block, o.State, written)
	}
	request := &tfprotov6.PlanResourceChangeRequest{
		TypeName: o.Type, PriorState: p.dynamic(o.State), ProposedNewState: p.dynamic(proposed), Config: p.dynamic(written),
	}
	if !o.Gone() {
		request.PriorPrivate, request.PriorIdentity = o.Private, o.Identity
	}
	resp, err := p.Server.PlanResourceChange(p.context(), request)
	must(p.t, err)
	if HasErrors(resp.Diagnostics) {
		return nil, resp.Diagnostics
	}
	plan := &Plan{Planned: p.read(o.Type, resp.PlannedState), Private: resp.PlannedPrivate, Identity: resp.PlannedIdentity, config: written}
	for _, path := range resp.RequiresReplace {
		plan.Replace = append(plan.Replace, Attribute(&tfprotov6.Diagnostic{Attribute: path}))
	}
	return plan, resp.Diagnostics
}

// propose merges as Terraform does: what the configuration leaves null of a
// computed attribute keeps its prior value.
func (p *Protocol) propose(block *tfprotov6.SchemaBlock, prior, config tftypes.Value) tftypes.Value {
	p.t.Helper()
	var before, written map[string]tftypes.Value
	must(p.t, config.As(&written))
	if !prior.IsNull() {
		must(p.t, prior.As(&before))
	}
	merged := map[string]tftypes.Value{}
	for _, a := range block.Attributes {
		merged[a.Name] = written[a.Name]
		if was, ok := before[a.Name]; ok && a.Computed && written[a.Name].IsNull() {
			merged[a.Name] = was
		}
	}
	return tftypes.NewValue(block.ValueType(), merged)
}

// Apply plans and applies; a nil config destroys. A tainted object, or one
// whose plan asks for it, is replaced.
func (p *Protocol) Apply(o *Object, config map[string]any) []*tfprotov6.Diagnostic {
	p.t.Helper()
	if config == nil && o.Gone() {
		return nil
	}
	if config != nil && !o.Gone() {
		plan, diags := p.Plan(o, config)
		if plan == nil {
			return diags
		}
		if o.Tainted || len(plan.Replace) > 0 {
			if o.Tainted {
				o.Private = nil // as Terraform: the delete of a tainted object gets none
			}
			if diags := p.Apply(o, nil); HasErrors(diags) {
				return diags
			}
		}
	}
	plan, diags := p.Plan(o, config)
	if plan == nil {
		return diags
	}
	return append(diags, p.apply(o, plan, plan.config)...)
}

// ApplyOther plans with one configuration and applies with another: what is
// unknown in the first is known in the second.
func (p *Protocol) ApplyOther(o *Object, planned, known map[string]any) []*tfprotov6.Diagnostic {
	p.t.Helper()
	plan, diags := p.Plan(o, planned)
	if plan == nil {
		return diags
	}
	config := p.value(p.block(o.Type), known)
	// Terraform fills in what it knows by then.
	var merged, written map[string]tftypes.Value
	must(p.t, plan.Planned.As(&merged))
	must(p.t, config.As(&written))
	for _, a := range p.block(o.Type).Attributes {
		if given := planned[a.Name]; given == Unknown && !a.WriteOnly {
			merged[a.Name] = written[a.Name]
		}
	}
	plan.Planned = tftypes.NewValue(plan.Planned.Type(), merged)
	return append(diags, p.apply(o, plan, config)...)
}

func (p *Protocol) apply(o *Object, plan *Plan, config tftypes.Value) []*tfprotov6.Diagnostic {
	p.t.Helper()
	unfinished := o.Gone() || o.Tainted
	resp, err := p.Server.ApplyResourceChange(p.context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: o.Type, PriorState: p.dynamic(o.State), PlannedState: p.dynamic(plan.Planned), Config: p.dynamic(config),
		PlannedPrivate: plan.Private, PlannedIdentity: plan.Identity,
	})
	must(p.t, err)
	o.State, o.Private, o.Identity = p.read(o.Type, resp.NewState), resp.Private, resp.NewIdentity
	o.Tainted = unfinished && HasErrors(resp.Diagnostics) && !o.Gone()
	if !o.State.IsFullyKnown() {
		p.t.Errorf("%s: state after apply holds unknown values: %s", o.Type, o.State)
	}
	if !HasErrors(resp.Diagnostics) {
		p.consistent(plan.Planned, o)
	}
	return resp.Diagnostics
}

// consistent is Terraform's own rule: what the plan knew holds
// after an apply that succeeded.
func (p *Protocol) consistent(planned tftypes.Value, o *Object) {
	p.t.Helper()
	var before, after map[string]tftypes.Value
	if planned.IsNull() || o.Gone() {
		return
	}
	must(p.t, planned.As(&before))
	must(p.t, o.State.As(&after))
	for name, value := range before {
		if value.IsFullyKnown() && !same(value, after[name]) {
			p.t.Errorf("%s: inconsistent result after apply: %s was planned as %s and is %s", o.Type, name, value, after[name])
		}
	}
}

// Refresh reads the object.
func (p *Protocol) Refresh(o *Object) []*tfprotov6.Diagnostic {
	p.t.Helper()
	if o.Gone() {
		return nil
	}
	resp, err := p.Server.ReadResource(p.context(), &tfprotov6.ReadResourceRequest{
		TypeName: o.Type, CurrentState: p.dynamic(o.State), Private: o.Private, CurrentIdentity: o.Identity,
	})
	must(p.t, err)
	if HasErrors(resp.Diagnostics) {
		return resp.Diagnostics
	}
	o.State, o.Private, o.Identity = p.read(o.Type, resp.NewState), resp.Private, resp.NewIdentity
	o.Tainted = o.Tainted && !o.Gone()
	return resp.Diagnostics
}

// Import imports by id, or where id is empty by identity, and reads.
func (p *Protocol) Import(kind, id string, identity map[string]string) (*Object, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	req := &tfprotov6.ImportResourceStateRequest{TypeName: kind, ID: id}
	if identity != nil {
		types, values := map[string]tftypes.Type{}, map[string]tftypes.Value{}
		for name, value := range identity {
			types[name], values[name] = tftypes.String, tftypes.NewValue(tftypes.String, value)
		}
		req.Identity = &tfprotov6.ResourceIdentityData{IdentityData: p.dynamic(tftypes.NewValue(tftypes.Object{AttributeTypes: types}, values))}
	}
	resp, err := p.Server.ImportResourceState(p.context(), req)
	must(p.t, err)
	if HasErrors(resp.Diagnostics) {
		return nil, resp.Diagnostics
	}
	imported := resp.ImportedResources[0]
	o := &Object{Type: kind, State: p.read(kind, imported.State), Private: imported.Private, Identity: imported.Identity}
	diags := p.Refresh(o)
	return o, append(resp.Diagnostics, diags...)
}

func number(value tftypes.Value) any {
	var n big.Float
	if value.As(&n) != nil {
		return nil
	}
	whole, _ := n.Int64()
	return whole
}
