// Package login is the sign-in page, which is also the authorization endpoint
// (RFC 6749 §3.1; ATM: authorization-code page): it shows a form, checks email
// address and password, and sends the browser back to the application with a
// code. It also is the sign-out page.
//
// It knows HTML, forms and passwords. Package oauth decides what an
// authorization request may ask for and which client gets a code.
package login
