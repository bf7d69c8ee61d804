package console

import "github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"

// reasons say in a sentence why a request was refused, and where it helps, what
// to do.
var reasons = map[oauth.Reason]string{
	oauth.ReasonMalformed:            "The request is malformed: a parameter is missing, repeated or contradicts another, or a secret is in the address.",
	oauth.ReasonUnknownApplication:   "No application has this client id.",
	oauth.ReasonWrongSecret:          "The client secret is wrong, or was rotated and its overlap is over.",
	oauth.ReasonNoCredentials:        "Client id, client secret or access token is missing.",
	oauth.ReasonWrongType:            "The application's authenticator type does not allow this.",
	oauth.ReasonUnsupportedGrant:     "The grant type is unknown.",
	oauth.ReasonNoSecret:             "The client secret is missing, and the application is not a public client.",
	oauth.ReasonPublicClient:         "The application is a public client: it must not send a secret, and cannot introspect tokens.",
	oauth.ReasonUnknownUser:          "No user has this e-mail.",
	oauth.ReasonUserDisabled:         "The user is disabled.",
	oauth.ReasonNotAssigned:          "The user is not assigned to the application.",
	oauth.ReasonAssignmentDisabled:   "The user is disabled for this application.",
	oauth.ReasonUnknownCode:          "The code is unknown, or was given to another application.",
	oauth.ReasonCodeReplayed:         "The code was used before; the tokens of its first use were revoked.",
	oauth.ReasonCodeExpired:          "The code is older than 60 seconds.",
	oauth.ReasonWrongRedirect:        "The redirect URL is not the one of the authorization request, or not one of the application's.",
	oauth.ReasonWrongVerifier:        "The code verifier does not match the code challenge.",
	oauth.ReasonUnknownRefreshToken:  "The refresh token is unknown.",
	oauth.ReasonRefreshTokenExpired:  "The refresh token has expired.",
	oauth.ReasonRefreshTokenReused:   "The refresh token was used before; the whole token family was revoked.",
	oauth.ReasonFamilyEnded:          "The tokens of this sign-in were revoked.",
	oauth.ReasonWrongIDToken:         "The id token does not belong to the refresh token, or is not of this server.",
	oauth.ReasonWrongApplication:     "The token belongs to another application.",
	oauth.ReasonRateLimited:          "Too many failed requests of this client from this address.",
	oauth.ReasonBusy:                 "Too many requests waited for a signature.",
	oauth.ReasonServerError:          "The server failed; its log has the reason under this request's id.",
	oauth.ReasonCanceled:             "The client closed the connection.",
	oauth.ReasonUnsupportedParameter: "This server, or the application's flow, does not support a parameter; or PKCE is missing.",
	oauth.ReasonWrongPassword:        "The password is wrong.",
	oauth.ReasonForeignForm:          "The form was not sent by the sign-in page of this server, or the browser keeps no cookies.",
	oauth.ReasonDenied:               "The user chose Deny on the sign-in page.",
	oauth.ReasonInvalidToken:         "The access token has expired, was revoked, or is not of this server.",
}

// explain returns the sentence of a reason, or the reason.
func explain(r oauth.Reason) string {
	if text, known := reasons[r]; known {
		return text
	}
	return string(r)
}
