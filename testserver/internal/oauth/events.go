package oauth

import "time"

// Reason tells the operator why a request was refused, in more detail than the
// caller may know. The set is closed, so that it can label a metric.
type Reason string

// Reasons of refusals. The faults of package federation are others.
const (
	ReasonMalformed            Reason = "malformed_request"
	ReasonUnknownApplication   Reason = "unknown_application"
	ReasonWrongSecret          Reason = "wrong_secret"
	ReasonNoCredentials        Reason = "no_credentials"
	ReasonWrongType            Reason = "wrong_authenticator_type"
	ReasonNoSecret             Reason = "no_client_secret"
	ReasonPublicClient         Reason = "public_client"
	ReasonUnsupportedGrant     Reason = "unsupported_grant_type"
	ReasonUnknownUser          Reason = "unknown_user"
	ReasonUserDisabled         Reason = "user_disabled"
	ReasonNotAssigned          Reason = "user_not_assigned"
	ReasonAssignmentDisabled   Reason = "assignment_disabled"
	ReasonUnknownCode          Reason = "unknown_code"
	ReasonCodeReplayed         Reason = "code_replayed"
	ReasonCodeExpired          Reason = "code_expired"
	ReasonWrongRedirect        Reason = "redirect_uri_mismatch"
	ReasonWrongVerifier        Reason = "code_verifier_mismatch"
	ReasonUnknownRefreshToken  Reason = "unknown_refresh_token"
	ReasonRefreshTokenExpired  Reason = "refresh_token_expired"
	ReasonRefreshTokenReused   Reason = "refresh_token_reused"
	ReasonFamilyEnded          Reason = "family_ended"
	ReasonWrongIDToken         Reason = "id_token_mismatch"
	ReasonWrongApplication     Reason = "other_application"
	ReasonRateLimited          Reason = "rate_limited"
	ReasonBusy                 Reason = "too_busy"
	ReasonServerError          Reason = "server_error"
	ReasonCanceled             Reason = "canceled"
	ReasonUnsupportedParameter Reason = "unsupported_parameter"
	ReasonWrongPassword        Reason = "wrong_password"
	ReasonForeignForm          Reason = "foreign_form"
	ReasonDenied               Reason = "denied_by_user"
	ReasonInvalidToken         Reason = "invalid_token"
	ReasonNeedsAssertion       Reason = "needs_assertion"
	ReasonAssertionType        Reason = "assertion_type"
)

// How an application authenticated.
const (
	MethodSecret    = "secret"
	MethodNone      = "none" // a public client, which proves nothing
	MethodFederated = "federated"
	MethodKey       = "private_key_jwt"
	MethodIDToken   = "id_token" // ATM's form of the refresh, without the application
)

// Endpoints that report events.
const (
	EndpointToken      = "token"
	EndpointRevoke     = "revoke"
	EndpointIntrospect = "introspect"
	EndpointAuthorize  = "authorize"
	EndpointUserInfo   = "userinfo"
	EndpointLogout     = "logout"
)

// Event is one finished request. It carries no secret and no token.
type Event struct {
	// Endpoint is one of the Endpoint constants.
	Endpoint string
	// At is the server's time when it ended.
	At time.Time
	// Duration is how long it took by the machine's clock.
	Duration time.Duration
	// GrantType is `user_credentials`, `client_credentials`,
	// `authorization_code`, `refresh_token`, or empty where the request named
	// none of them.
	GrantType string
	// ClientID is what the request says it comes from. It may be anything,
	// also what belongs in another field: show it only where it is the
	// client id of an application, and never log it.
	ClientID string
	// ApplicationID is the application's id, empty while it is unknown or has
	// not proved itself. A public client proves nothing: anyone can name it.
	ApplicationID string
	// Method is one of the Method constants, empty where it did not authenticate.
	Method string
	// Credential is the name of the federated credential, or the `kid` of the
	// application's key, which may be empty.
	Credential string
	// UserID is the user's id, empty without one.
	UserID string
	// FamilyID is the token family that was begun, refreshed or ended.
	FamilyID string
	// Status is the HTTP status.
	Status int
	// Code is the error code that the caller got, empty on success.
	Code string
	// Reason says why in full, empty on success.
	Reason Reason
	// Description is the error description of a refused authorization request,
	// which may say more than the reason; empty for the others.
	Description string
	// Err is the server's own error behind a 5xx.
	Err error
}

// OK reports whether the request was granted.
func (e Event) OK() bool { return e.Code == "" }
