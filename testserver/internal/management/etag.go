package management

import (
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

// ifMatch evaluates If-Match (RFC 9110 §13.1.1) on an object that exists: `*`,
// or a list of entity tags of which one is the object's. Comparison is strong:
// a weak tag matches nothing.
func ifMatch(header *string, etag string) error {
	if header == nil {
		return nil
	}
	for tag := range strings.SplitSeq(*header, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || tag == etag {
			return nil
		}
	}
	return problem.PreconditionFailed()
}
