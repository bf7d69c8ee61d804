package token

import (
	"context"
	"encoding/json"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// What the pages of functions share.
const (
	roleFunction  = "none. A function sends no request."
	stateFunction = "nothing, unless an output or a resource stores the result."
	noteTofu      = "OpenTofu 1.12.6 crashes in `tofu test` if an assertion calls a provider function. An assertion about an output that the function computes works."
)

var _ function.Function = decodeFunction{}

// NewDecodeFunction is provider::atm::decode_token.
func NewDecodeFunction() function.Function { return decodeFunction{} }

type decodeFunction struct{}

var (
	headerTypes = map[string]attr.Type{"alg": types.StringType, "kid": types.StringType, "typ": types.StringType}
	readTypes   = map[string]attr.Type{
		"iss": types.StringType, "aud": types.StringType, "iat": types.NumberType, "exp": types.NumberType, "jti": types.StringType,
		"scope": types.ObjectType{AttrTypes: scopeTypes},
	}
	decodedTypes = map[string]attr.Type{
		"unverified_header":      types.ObjectType{AttrTypes: headerTypes},
		"unverified_claims":      types.ObjectType{AttrTypes: readTypes},
		"unverified_claims_json": types.StringType,
	}
)

// Metadata implements function.Function.
func (decodeFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "decode_token"
}

// Definition implements function.Function.
func (decodeFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Read a token without verifying it",
		MarkdownDescription: framework.Page("Decodes a token (a JWT, RFC 7519), to show whose token a pipeline has and when it expires.", roleFunction, stateFunction,
			"**Nothing is verified**: anyone can write such a token, so do not base a decision on it. `verify_token` verifies.",
			"Returns an object: `unverified_header` with `alg`, `kid` and `typ`; `unverified_claims` with ATM's `iss`, `aud`, `iat`, `exp` (seconds since 1970), `jti` and"+
				" `scope` (`id`, `email`, `first_name`, `last_name`; null without a user); and `unverified_claims_json`, all claims as the token has them, for `jsondecode`."+
				" A claim that is missing, or that has another type than ATM's, is null. A text that is not a JWT, or that has a name twice, is an error.", noteTofu),
		Parameters: []function.Parameter{
			function.StringParameter{Name: "token", MarkdownDescription: "The token: three parts of base64url with dots between them."},
		},
		Return: function.ObjectReturn{AttributeTypes: decodedTypes},
	}
}

// Run implements function.Function.
func (decodeFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var token string
	if resp.Error = req.Arguments.Get(ctx, &token); resp.Error != nil {
		return
	}
	read, err := parse(token)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, "The token is not a JWT: "+err.Error())
		return
	}
	header, claims := read.header, read.claims
	resp.Error = resp.Result.Set(ctx, types.ObjectValueMust(decodedTypes, map[string]attr.Value{
		"unverified_header": types.ObjectValueMust(headerTypes, map[string]attr.Value{
			"alg": textOrNull(header["alg"]), "kid": textOrNull(header["kid"]), "typ": textOrNull(header["typ"]),
		}),
		"unverified_claims": types.ObjectValueMust(readTypes, map[string]attr.Value{
			"iss": textOrNull(claims["iss"]), "aud": textOrNull(claims["aud"]), "jti": textOrNull(claims["jti"]),
			"iat": numberOrNull(claims["iat"]), "exp": numberOrNull(claims["exp"]),
			"scope": scopeOrNull(claims["scope"]),
		}),
		"unverified_claims_json": types.StringValue(string(read.payload)),
	}))
}

func textOrNull(value any) types.String {
	if text, ok := value.(string); ok {
		return types.StringValue(text)
	}
	return types.StringNull()
}

func numberOrNull(value any) types.Number {
	number, ok := value.(json.Number)
	if !ok {
		return types.NumberNull()
	}
	// A float: a token could hold a number whose exact value takes minutes to compute.
	float, err := number.Float64()
	if err != nil {
		return types.NumberNull()
	}
	return types.NumberValue(big.NewFloat(float))
}

func scopeOrNull(value any) types.Object {
	scope, ok := value.(map[string]any)
	if !ok || len(scope) == 0 {
		return types.ObjectNull(scopeTypes)
	}
	return types.ObjectValueMust(scopeTypes, map[string]attr.Value{
		"id": textOrNull(scope["id"]), "email": textOrNull(scope["email"]),
		"first_name": textOrNull(scope["firstName"]), "last_name": textOrNull(scope["lastName"]),
	})
}
