// Package testserver is ATM, the access-token manager, as a server that a test
// starts in milliseconds: every flow of ATM, the management API that
// OpenAPI returns, refresh rotation, signing keys that rotate, and a clock that the
// test moves. The program cmd/atm-testserver is the same server with flags.
//
// # In a test
//
// Start gives a test a server of its own on a free loopback port, with a super
// admin, everything in memory, and closes it when the test has ended:
//
//	atm := testserver.Start(t, testserver.WithSeedFile("testdata/atm.yaml"))
//
// The package's example has a seed and what a test does with the server.
// Where there is no testing.TB, New and Close do the same: see the example of
// TestMain. What a server offers a test:
//
//   - Admin: the credentials for the management API, and a token for it
//   - Clock: expiry without sleeping
//   - Fail: requests that return an error, come late, break off, or are lost
//     after the change they asked for
//   - Requests and CountRequests: what was asked of the server
//   - AuthorizationCode: a code without a browser
//   - Mint: a token as wrong as asked for, for the tests of what must refuse it
//   - RotateKey: another signing key in the middle of a test
//   - Reset: back to the seed
//
// A server that Start made checks every response against the contract and fails
// the test if one differs.
//
// # Importing it
//
// The package imports package testing only for the signature of Start; that
// registers no flag of go test, so programs may use it as well.
package testserver
