// Package assertion gets the JWTs with which a client authenticates instead of
// a client secret (RFC 7521 §4.2, RFC 7523 §2.2): the token of a CI system's own
// identity, a ready token from a variable or a file, or one that the client
// signs with its private key.
//
// It knows neither ATM's API nor Terraform. No error contains a token, a key or
// the body of a response.
package assertion
