// Package validation says which values ATM accepts where an OpenAPI schema
// cannot: names, email addresses, passwords, client secrets, URLs and origins.
// The reference server and the provider judge by the same functions, so this
// package imports only the standard library and golang.org/x/text, and it is
// the one exception from the rule that neither side imports the other's code.
//
// A function that judges returns nil, or an error whose text completes a
// sentence that begins with the field ("must not have a fragment"). The text
// never repeats a value that may be secret.
package validation
