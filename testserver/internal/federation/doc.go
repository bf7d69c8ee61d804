// Package federation verifies the assertions by which applications authenticate
// without a secret (RFC 7521, RFC 7523): tokens of OpenID Connect issuers that
// an application trusts, such as CI systems, and JWTs that an application signs
// with a key of its own (private_key_jwt).
//
// An assertion is refused before anything is fetched unless its unverified
// claims name a federated credential of the application, so that strangers cause
// no request to an issuer. Nothing else follows from unverified claims.
package federation
