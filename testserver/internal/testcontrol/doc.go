// Package testcontrol is what a test does to a running server: move its clock, let
// requests fail, count them, return to the seed, make wrong tokens. Faults and
// journal are middleware; Handler offers all of it over HTTP under /_test/, to
// those whom the guard lets in. The Go package testserver uses the same without
// HTTP.
//
// It knows nothing of what the requests mean that it lets fail and writes down.
package testcontrol

import (
	"net/http"
	"strings"
)

// Prefix is the path of the test-control API.
const Prefix = "/_test/"

// IsControl reports whether a request is for the test-control API.
func IsControl(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, Prefix) }
