package token

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Descriptions that the forms of atm_token share, so that one thing is said in
// one way.
const (
	docClientID = "The client id of the application that the token is issued through (RFC 6749 §2.2)."
	docSecret   = "The client secret of that application."
	docRequired = " Required, unless an assertion authenticates the application. `client_secret` of an imported `atm_application` is null; see its `secret_rotation.on_unknown_secret`."
	docLoginID  = "The login id (email address) of the user whose token it is. Required for `user_credentials`, where the user has to be assigned to the application and enabled there. Not allowed for `client_credentials`."
	docAudience = "The expected audience (`aud`); another one is an error. ATM's audience is the application's id. Without this argument, `claims` contains `aud`, and the provider **does not compare it**."
	docMinimum  = "The least number of seconds for which the token has to be valid (1–86,400). Default: none. A token that expires sooner is an error, so that no token expires during its use."
	docToken    = "The access token: an RS256 JWT (RFC 7519), verified by the provider."
	docIssuedAt = "The time at which ATM issued the token (`iat`), in RFC 3339."
	docExpires  = "The time at which the token expires (`exp`), in RFC 3339."
	docClaims   = "The claims that are equal in two tokens of the same user, verified: signed with RS256 by a key of ATM's JWKS, `iss` is `atm`, in time by the clock of this machine with 30 seconds of leeway, and `aud` if `audience` is set."
	docIssuer   = "The issuer: the word `atm`."
	docAud      = "The audience: the id of the application. Compared only if `audience` is set."
	docScope    = "The user; null for `client_credentials`."
	docUserID   = "The user's id."
	docEmail    = "The user's email address."
	docFirst    = "The user's first name."
	docLast     = "The user's last name, which may be empty."
)

const docGrant = "The grant, that is the `authenticator_type` of the application: `user_credentials`, for one of its users, or `client_credentials`, for the application itself. Default: `user_credentials`."

// Validators that the forms share.
var (
	notEmpty = []validator.String{stringvalidator.LengthAtLeast(1)}
	lifetime = []validator.Int64{int64validator.Between(1, 86400)}
)

// grants are those that need nothing but what is in a configuration.
var grants = []string{atm.GrantUserCredentials, atm.GrantClientCredentials}

func grantOr(grant types.String) string {
	if grant.ValueString() == "" {
		return atm.GrantUserCredentials
	}
	return grant.ValueString()
}

// validateGrant checks what grant_type and login_id ask for together.
func validateGrant(grant, login types.String, diags *diag.Diagnostics) {
	if grant.IsUnknown() {
		return
	}
	switch name := grantOr(grant); {
	case name == "refresh_token":
		diags.AddAttributeError(path.Root("grant_type"), "refresh_token is not a supported grant",
			"A refresh token can be used only once, and Terraform would use it at every plan. The resource atm_token renews its token by the refresh grant itself.")
	case !slices.Contains(grants, name):
		diags.AddAttributeError(path.Root("grant_type"), "Unknown grant",
			fmt.Sprintf("grant_type is one of %s; the authorization flows need a person who signs in.", strings.Join(grants, " and ")))
	case name == atm.GrantClientCredentials && !login.IsNull() && !login.IsUnknown():
		diags.AddAttributeError(path.Root("login_id"), "login_id is not allowed for this grant",
			"A token of the grant client_credentials has no user. Remove login_id, or set grant_type to user_credentials.")
	case name == atm.GrantUserCredentials && login.IsNull():
		diags.AddAttributeError(path.Root("login_id"), "Missing login_id",
			"The grant user_credentials issues a token of a user. Give the user's email address in login_id, or set grant_type to client_credentials.")
	}
}

// missingSecret is the text for a client secret that is null: a required attribute
// would have the framework's, which sends people to the developers of the provider.
const missingSecret = "client_secret is null, and ATM issues a token only to a client that proves its secret. If it comes from client_secret of an atm_application, Terraform does not know that secret." +
	" After an import, add to the application secret_rotation = { on_unknown_secret = \"rotate\", previous_secret_expires_in = 86400 }: the same apply then rotates the secret once, and the previous one stays valid for that many seconds." +
	" If the application uses client_secret_wo, give the same value here."

// missingSecretError is a client secret that was unknown when it was validated
// and is null at apply.
type missingSecretError struct{}

func (missingSecretError) Error() string { return missingSecret }
