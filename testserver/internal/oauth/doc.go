// Package oauth is the authorization server itself: the token endpoint with a
// file for each grant, revocation (RFC 7009), introspection (RFC 7662),
// UserInfo, metadata (RFC 8414, OpenID Connect Discovery), and what the pages and
// the management API need of it: authorization requests with their codes, the end
// of a sign-in, and the verification of access tokens.
//
// It knows the RFCs and ATM's dialect of them. It must not know HTML, the
// management API, or SQL.
package oauth
