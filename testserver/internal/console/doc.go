// Package console is what people look at: applications with their users, token
// requests as they happen, signing keys on a time line, and a box that takes a
// token apart. It changes nothing.
//
// It reads the store and the signing keys, and package oauth reports token
// requests to it. It must not know how a token request is decided: package
// oauth decides what a token permits.
package console
