// Package keys manages the server's RSA signing keys: which key signs,
// which are published, when one follows the other, and the signing itself.
//
// A key is published before it signs (next), signs (current), and stays in the
// JWKS until the last token that it signed has expired (retired). Its public
// part stays in the store for as long as a token family lives whose id token it
// may have signed. All of that is decided by times in the store, so that
// replicas that share one agree without talking to each other.
//
// The package knows JWKs (RFC 7517, RFC 7638) and signatures (RFC 7515), but
// not what the tokens say: that is package oauth's.
package keys
