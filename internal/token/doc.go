// Package token is the Terraform resource atm_token: the data source, the resource
// and the ephemeral resource that hand out access tokens, the functions that
// decode and verify one, and the action that revokes.
//
// A token is verified by one piece of code, [Verify], wherever it comes in.
//
// It must not know a path or a wire name of ATM, except for the claims of a
// token, which are read nowhere else.
package token
