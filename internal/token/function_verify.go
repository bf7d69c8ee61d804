package token

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/jwkset"
)

var _ function.Function = verifyFunction{}

// NewVerifyFunction is provider::atm::verify_token.
func NewVerifyFunction() function.Function { return verifyFunction{} }

type verifyFunction struct{}

// The arguments of verify_token, by position.
const (
	argToken = iota
	argKeys
	argAudience
	argAt
)

var verifiedTypes = map[string]attr.Type{
	"claims": types.ObjectType{AttrTypes: claimsTypes}, "kid": types.StringType,
	"issued_at": types.StringType, "expires_at": types.StringType,
}

// Metadata implements function.Function.
func (verifyFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "verify_token"
}

// Definition implements function.Function.
func (verifyFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Verify a token against given keys, at a given time",
		MarkdownDescription: "Verifies an access token of ATM as a gateway would, without a request to ATM: only RS256, the signature by the key that the header's `kid` names, `iss` is `atm`, `aud`, and `iat`, `exp` and `nbf`" +
			" with 30 seconds of leeway (RFC 7519, RFC 8725). An invalid token is an error that names the failed check; `can()` turns that into a condition.\n\n" +
			"Returns an object: `claims` as the data source `atm_token` has them, `kid`, `issued_at` and `expires_at` (RFC 3339)." +
			" The function does not detect a revocation. As with any function, the same arguments give the same result: the time is an argument.\n\n" +
			docTofuTest,
		Parameters: []function.Parameter{
			function.StringParameter{Name: "token", MarkdownDescription: "The access token."},
			function.StringParameter{Name: "jwks_json", MarkdownDescription: "The JSON Web Key Set (JWKS, RFC 7517) as JSON: `json` of the data source `atm_jwks`, or a file of the repository."},
			function.StringParameter{Name: "audience", AllowNullValue: true, MarkdownDescription: "The expected audience (`aud`); null accepts any."},
			function.StringParameter{Name: "at", MarkdownDescription: "The time at which the token has to be valid, in RFC 3339: `plantimestamp()`, or a fixed one in a test."},
		},
		Return: function.ObjectReturn{AttributeTypes: verifiedTypes},
	}
}

// Run implements function.Function. Terraform ends the text of an error with a
// full stop.
func (verifyFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var (
		token, document, at string
		audience            *string
	)
	if resp.Error = req.Arguments.Get(ctx, &token, &document, &audience, &at); resp.Error != nil {
		return
	}
	set, err := jwkset.Parse([]byte(document))
	if err != nil {
		resp.Error = function.NewArgumentFuncError(argKeys, "Invalid signing keys (JWKS): "+strings.TrimSuffix(err.Error(), "."))
		return
	}
	if audience != nil && *audience == "" {
		resp.Error = function.NewArgumentFuncError(argAudience, "The audience is empty. Give the expected audience, or null to accept any")
		return
	}
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(argAt, "The time is not in RFC 3339, such as 2026-11-24T08:00:00Z")
		return
	}
	claims, err := Verify(ctx, token, FixedKeys(set), audience, now)
	if err != nil {
		resp.Error = refusedArgument(err)
		return
	}
	resp.Error = resp.Result.Set(ctx, types.ObjectValueMust(verifiedTypes, map[string]attr.Value{
		"claims": claims.object(), "kid": types.StringValue(claims.KeyID),
		"issued_at": types.StringValue(stamp(claims.IssuedAt)), "expires_at": types.StringValue(stamp(claims.ExpiresAt)),
	}))
}

// refusedArgument blames the audience for an audience that does not match, and
// the token for everything else.
func refusedArgument(err error) *function.FuncError {
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.Check == CheckAudience {
		return function.NewArgumentFuncError(argAudience, "The token is for another audience: "+err.Error())
	}
	return function.NewArgumentFuncError(argToken, "Invalid token: "+err.Error())
}
