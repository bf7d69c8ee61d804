package application

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// credential is one of federated_credentials. The names are unique.
type credential struct {
	Name      types.String `tfsdk:"name"`
	Issuer    types.String `tfsdk:"issuer"`
	Subject   types.String `tfsdk:"subject"`
	Audience  types.String `tfsdk:"audience"`
	Claims    types.Map    `tfsdk:"claims"`
	LoginIDs  types.Set    `tfsdk:"login_ids"`
	JWKSURI   types.String `tfsdk:"jwks_uri"`
	SingleUse types.Bool   `tfsdk:"single_use"`
}

var credentialType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"name": types.StringType, "issuer": types.StringType, "subject": types.StringType, "audience": types.StringType,
	"claims": types.MapType{ElemType: types.StringType}, "login_ids": types.SetType{ElemType: types.StringType},
	"jwks_uri": types.StringType, "single_use": types.BoolType,
}}

// elements are those of a set of objects that are known, though their
// attributes may be unknown.
func elements[T any](ctx context.Context, set types.Set) []T {
	var out []T
	for _, element := range set.Elements() {
		var one T
		object, ok := element.(types.Object)
		if ok && !object.IsNull() && !object.IsUnknown() && !object.As(ctx, &one, basetypes.ObjectAsOptions{}).HasError() {
			out = append(out, one)
		}
	}
	return out
}

// sentCredentials are known federated credentials as ATM returns them, so that
// the provider recognises a write whose response was lost, and tells a change
// from another spelling.
func sentCredentials(ctx context.Context, set types.Set) []atm.FederatedCredential {
	out := []atm.FederatedCredential{}
	for _, c := range elements[credential](ctx, set) {
		once := c.SingleUse.ValueBool()
		sent := atm.FederatedCredential{
			Name: validation.NFC(c.Name.ValueString()), Issuer: c.Issuer.ValueString(), Subject: c.Subject.ValueString(),
			Audience: c.Audience.ValueString(), JwksUri: c.JWKSURI.ValueStringPointer(), SingleUse: &once,
		}
		if claims := map[string]string{}; len(c.Claims.Elements()) > 0 {
			c.Claims.ElementsAs(ctx, &claims, false)
			sent.Claims = &claims
		}
		if logins := framework.Strings(ctx, c.LoginIDs); len(logins) > 0 {
			for i := range logins {
				logins[i] = validation.NFC(logins[i])
			}
			slices.Sort(logins)
			logins = slices.Compact(logins)
			sent.LoginIds = &logins
		}
		out = append(out, sent)
	}
	slices.SortFunc(out, func(a, b atm.FederatedCredential) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// keepCredentials returns ATM's federated credentials in the form that Terraform
// has: what is not set stays null where ATM has its default, and an empty set
// stays one.
func keepCredentials(ctx context.Context, have types.Set, current []atm.FederatedCredential) types.Set {
	before := map[string]credential{}
	for _, c := range elements[credential](ctx, have) {
		before[validation.NFC(c.Name.ValueString())] = c
	}
	return keepObjects(ctx, have, credentialType, current, func(now atm.FederatedCredential) credential {
		return keepCredential(ctx, before[validation.NFC(now.Name)], now)
	})
}

func keepCredential(ctx context.Context, have credential, now atm.FederatedCredential) credential {
	out := credential{
		Name: framework.KeepForm(have.Name, now.Name), Issuer: types.StringValue(now.Issuer), Subject: types.StringValue(now.Subject),
		Audience: types.StringValue(now.Audience), Claims: types.MapNull(types.StringType), LoginIDs: types.SetNull(types.StringType),
		JWKSURI: types.StringPointerValue(now.JwksUri), SingleUse: types.BoolPointerValue(now.SingleUse),
	}
	switch {
	case now.Claims != nil && len(*now.Claims) > 0:
		out.Claims, _ = types.MapValueFrom(ctx, types.StringType, *now.Claims)
	case !have.Claims.IsNull() && len(have.Claims.Elements()) == 0:
		out.Claims = have.Claims
	}
	if now.LoginIds != nil && len(*now.LoginIds) > 0 {
		out.LoginIDs = framework.KeepSet(ctx, have.LoginIDs, *now.LoginIds, validation.EmailKey)
	}
	if have.SingleUse.IsNull() && !out.SingleUse.ValueBool() {
		out.SingleUse = have.SingleUse
	}
	return out
}

// keepObjects makes a set of ATM's list. An empty list is null, or the empty set
// that Terraform has.
func keepObjects[T, A any](ctx context.Context, have types.Set, of types.ObjectType, current []A, form func(A) T) types.Set {
	if len(current) == 0 {
		if !have.IsNull() && !have.IsUnknown() && len(have.Elements()) == 0 {
			return have
		}
		return types.SetNull(of)
	}
	values := make([]T, len(current))
	for i := range current {
		values[i] = form(current[i])
	}
	set, _ := types.SetValueFrom(ctx, of, values)
	return set
}
