package applicationusers

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// keyAdded marks, in private state, a list whose create failed half-way: the
// ids of those whom it added, or may have. Terraform deletes a tainted list
// before it makes another, by what the last read left in the state. That state
// must contain neither users who were assigned before the create, nor users
// whom others assigned since: no plan has shown their removal.
const keyAdded = "added"

// addedOnly are the ids that a failed create added; false is a list that was
// made whole.
func addedOnly(ctx context.Context, private framework.Getter) ([]string, bool, error) {
	var ids []string
	unfinished, diags := framework.Private(ctx, private, keyAdded, &ids)
	if diags.HasError() {
		return nil, false, errors.New(diags[0].Detail())
	}
	return ids, unfinished, nil
}

// keyUnsure marks those of [keyAdded] whose assignment by the create has an
// unknown outcome.
const keyUnsure = "unsure"

// keepAdded stores, after a create that failed half-way, whom it added or may
// have added. before is who was assigned when it began.
func (c *change) keepAdded(ctx context.Context, req *framework.Request, before members) members {
	certain := maps.Clone(c.holds)
	maps.DeleteFunc(certain, func(id string, _ bool) bool { _, was := before[id]; return was })
	added := maps.Clone(certain)
	if c.unsure {
		for _, id := range c.wanted.without(before) {
			added[id] = c.wanted[id]
		}
		req.Diags.Append(framework.SetPrivate(ctx, req.Private, keyUnsure, added.without(certain))...)
	}
	req.Diags.Append(framework.SetPrivate(ctx, req.Private, keyAdded, added.ids())...)
	return added
}

// ResolveCreate drops those of whom ATM now says that the create did not add them.
func (listResource) ResolveCreate(ctx context.Context, req *framework.Request, made bool) (exists bool, err error) {
	added, _, err := addedOnly(ctx, req.Private)
	if err != nil || made {
		req.Diags.Append(framework.DeletePrivate(ctx, req.Private, keyUnsure)...)
		return true, err
	}
	var unsure []string
	if _, diags := framework.Private(ctx, req.Private, keyUnsure, &unsure); diags.HasError() {
		return false, errors.New(diags[0].Detail())
	}
	added = slices.DeleteFunc(added, func(id string) bool { return slices.Contains(unsure, id) })
	req.Diags.Append(framework.SetPrivate(ctx, req.Private, keyAdded, added)...)
	req.Diags.Append(framework.DeletePrivate(ctx, req.Private, keyUnsure)...)
	return len(added) > 0, nil
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
