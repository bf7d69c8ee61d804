package token

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The claims as Terraform has them: what is equal in two tokens of one user, so
// that outputs built on them do not change from plan to plan.
var (
	scopeTypes = map[string]attr.Type{
		"id": types.StringType, "email": types.StringType, "first_name": types.StringType, "last_name": types.StringType,
	}
	claimsTypes = map[string]attr.Type{
		"iss": types.StringType, "aud": types.StringType, "scope": types.ObjectType{AttrTypes: scopeTypes},
	}
)

// object is the claims for Terraform; scope is null without a user.
func (c *Claims) object() types.Object {
	scope := types.ObjectNull(scopeTypes)
	if c.User != nil {
		scope = types.ObjectValueMust(scopeTypes, map[string]attr.Value{
			"id":         types.StringValue(c.User.ID),
			"email":      types.StringValue(c.User.Email),
			"first_name": types.StringValue(c.User.FirstName),
			"last_name":  types.StringValue(c.User.LastName),
		})
	}
	return types.ObjectValueMust(claimsTypes, map[string]attr.Value{
		"iss": types.StringValue(c.Issuer), "aud": types.StringValue(c.Audience), "scope": scope,
	})
}
