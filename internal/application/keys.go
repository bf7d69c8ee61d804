package application

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// publicKey is one of public_keys.
type publicKey struct {
	KeyID types.String `tfsdk:"kid"`
	PEM   types.String `tfsdk:"pem"`
}

var publicKeyType = types.ObjectType{AttrTypes: map[string]attr.Type{"kid": types.StringType, "pem": types.StringType}}

// keyLabel names a key in a message.
func keyLabel(kid *string) string {
	if kid == nil {
		return "without a kid"
	}
	return strconv.Quote(*kid)
}

// sentKeys are known public keys as ATM returns them.
func sentKeys(ctx context.Context, set types.Set) []atm.PublicKey {
	out := []atm.PublicKey{}
	for _, k := range elements[publicKey](ctx, set) {
		out = append(out, atm.PublicKey{Kid: k.KeyID.ValueStringPointer(), Pem: k.PEM.ValueString()})
	}
	slices.SortFunc(out, func(a, b atm.PublicKey) int {
		return cmp.Or(strings.Compare(deref(a.Kid), deref(b.Kid)), strings.Compare(a.Pem, b.Pem))
	})
	return out
}

func keepKeys(ctx context.Context, have types.Set, current []atm.PublicKey) types.Set {
	return keepObjects(ctx, have, publicKeyType, current, func(now atm.PublicKey) publicKey {
		return publicKey{KeyID: types.StringPointerValue(now.Kid), PEM: types.StringValue(now.Pem)}
	})
}

// deref is the text of a member, empty where there is none.
func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
