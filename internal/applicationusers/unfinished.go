package applicationusers

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/tci-pf/terraform-provider-atm/internal/noun"
)

// keyAdded marks, in private state, a list whose create failed half-way: the
// ids of those whom it added, or may have. Terraform deletes a tainted list
// before it makes another, by what the last read left in the state. That must
// hold neither who was assigned before the create, nor whom others assigned
// since: nobody has seen a plan that removes them.
const keyAdded = "added"

// addedOnly are the ids that a failed create added; false is a list that was
// made whole.
func addedOnly(ctx context.Context, op *noun.Op) ([]string, bool, error) {
	var ids []string
	unfinished, diags := noun.Recall(ctx, op.Private, keyAdded, &ids)
	if diags.HasError() {
		return nil, false, errors.New(diags[0].Detail())
	}
	return ids, unfinished, nil
}

// added are those whom the change assigned, or may have, and who were not there
// before.
func (c *change) added(before members) members {
	out := maps.Clone(c.holds)
	if c.unsure {
		maps.Copy(out, c.wanted)
	}
	maps.DeleteFunc(out, func(id string, _ bool) bool {
		_, was := before[id]
		return was
	})
	return out
}

// only are the members with these ids.
func (m members) only(ids []string) members {
	out := make(members, len(ids))
	for _, id := range ids {
		if enabled, ok := m[id]; ok {
			out[id] = enabled
		}
	}
	return out
}

// named are the assignments of users that one of the lists names.
func (a assignments) named(lists ...members) assignments {
	out := assignments{}
	for id, assignment := range a {
		if slices.ContainsFunc(lists, func(list members) bool { _, ok := list[id]; return ok }) {
			out[id] = assignment
		}
	}
	return out
}
