package acctest

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// same is tftypes.Value.Equal in a time that a set of a thousand allows: that
// one compares each element with each other.
func same(a, b tftypes.Value) bool { return canonical(a) == canonical(b) }

// canonical is a text that two values share only if they are equal.
func canonical(value tftypes.Value) string {
	var elements []tftypes.Value
	if set, isSet := value.Type().(tftypes.Set); isSet && value.IsKnown() && !value.IsNull() && value.As(&elements) == nil {
		texts := make([]string, len(elements))
		for i, element := range elements {
			texts[i] = canonical(element)
		}
		slices.Sort(texts)
		return set.String() + "{" + strings.Join(texts, ", ") + "}"
	}
	return value.String()
}
