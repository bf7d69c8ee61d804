package acctest

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
)

// ID is the shape of ATM's ids.
func ID() knownvalue.Check {
	return knownvalue.StringRegexp(regexp.MustCompile(`^[A-Za-z0-9_-]{21}$`))
}
