// Package atm is the API client of the provider: the only package that knows a
// path, a header or a wire name of ATM.
//
// A [Client] signs in automatically, repeats what is safe to repeat, keeps to
// one pace for all its requests, and turns every refusal into a typed error
// ([*ProblemError], [*OAuthError], [*RequestError], [*SignInError]) that carries the
// request id. It knows nothing of Terraform.
//
// Nothing in it is global: two clients share neither connections nor tokens
// nor pace.
package atm
