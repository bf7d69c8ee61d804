// Package teststore is where this module's own tests say on which store servers
// run that are started without one. Other programs do not set it:
// testserver.Start is in memory then. It knows no database.
package teststore

import "testing"

// DatabaseURL returns the URL of a PostgreSQL database for a test's server; nil
// leaves servers in memory. It is set before any test runs.
var DatabaseURL func(testing.TB) string
