package console

import (
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
)

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
	oauth.ReasonNeedsAssertion:       "The application has no client secret: it has to send a client_assertion.",
	oauth.ReasonAssertionType:        "The client_assertion_type is not the one of JWTs.",
	oauth.ReasonUnknownUser:          "No user has this email address.",
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

// assertionFaults say in a sentence why an assertion was refused. They name no
// address, status or content of an issuer's response: an administrator who can
// write a federated credential would read them here.
var assertionFaults = map[federation.Fault]string{
	federation.FaultMalformed:       "The assertion is no compact JWT of at most 16 KiB with iss, sub, aud and exp, or has a crit, another typ, or a member twice.",
	federation.FaultAlgorithm:       "The assertion's algorithm is not RS256, PS256, ES256 or EdDSA.",
	federation.FaultIssuer:          "No federated credential of the application has the assertion's issuer, byte for byte.",
	federation.FaultAudience:        "The assertion's only audience is not that of a federated credential with its issuer, or not this server's issuer.",
	federation.FaultSubject:         "The assertion's subject differs from that of each federated credential with its issuer and audience, or from the client id.",
	federation.FaultClaims:          "The assertion lacks a claim of the federated credential with its issuer, audience and subject, or has another value.",
	federation.FaultLogin:           "The federated credential does not sign in this user: its loginIds are others.",
	federation.FaultKey:             "No key of the issuer, or of the application, has the assertion's kid and fits its algorithm; or it has no kid and several fit.",
	federation.FaultSignature:       "The assertion's signature is wrong.",
	federation.FaultExpired:         "The assertion has expired.",
	federation.FaultNotYet:          "The assertion is not valid yet: its nbf or iat is in the future.",
	federation.FaultTooOld:          "The assertion was issued more than 24 hours ago.",
	federation.FaultTooLong:         "The assertion is valid for too long, or does not say when it was issued.",
	federation.FaultNoID:            "The assertion has no jti, which is required because it is valid once.",
	federation.FaultReplayed:        "The assertion was used before, and is valid once.",
	federation.FaultChanged:         "The federated credential or public key was changed or removed during the request.",
	federation.FaultKeysUnreachable: "The issuer's keys could not be read: it did not respond in time, or with an error of its own.",
	federation.FaultKeysAddress:     "The issuer's keys were not read: they are not at port 443 of a public address (--federation-allow-private permits others).",
	federation.FaultKeysInvalid:     "The issuer's keys could not be read: the response is a redirect, too large, or not the expected document, or the URL is not https.",
	federation.FaultDiscovery:       "The issuer's metadata names another issuer.",
}

// explain returns the sentence of a reason, or the reason.
func explain(r oauth.Reason) string {
	if text, known := reasons[r]; known {
		return text
	}
	if text, known := assertionFaults[federation.Fault(r)]; known {
		return text
	}
	return string(r)
}
