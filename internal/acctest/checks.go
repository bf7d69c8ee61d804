package acctest

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// ID is the shape of ATM's ids.
func ID() knownvalue.Check {
	return knownvalue.StringRegexp(regexp.MustCompile(`^[A-Za-z0-9_-]{21}$`))
}

// Text matches a regular expression.
func Text(pattern string) knownvalue.Check {
	return knownvalue.StringRegexp(regexp.MustCompile(pattern))
}

// Same compares values of several steps: all are equal.
func Same() compare.ValueComparer { return compare.ValuesSame() }

// ExpectChanges checks that the plan updates the resource and changes exactly
// these attributes.
func ExpectChanges(address string, attributes ...string) plancheck.PlanCheck {
	return changes{address, attributes}
}

type changes struct {
	address    string
	attributes []string
}

// CheckPlan implements plancheck.PlanCheck.
func (c changes) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if change.Address != c.address {
			continue
		}
		before, _ := change.Change.Before.(map[string]any)
		after, _ := change.Change.After.(map[string]any)
		var changed []string
		for name, was := range before {
			if !reflect.DeepEqual(was, after[name]) {
				changed = append(changed, name)
			}
		}
		slices.Sort(changed)
		want := slices.Sorted(slices.Values(c.attributes))
		if !slices.Equal(changed, want) {
			resp.Error = fmt.Errorf("%s: the plan changes %v, want %v", c.address, changed, want)
		}
		return
	}
	resp.Error = fmt.Errorf("%s is not in the plan", c.address)
}
