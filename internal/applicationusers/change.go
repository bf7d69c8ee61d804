package applicationusers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/oapi-codegen/nullable"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// rounds bounds how often a list that moves under the writes is read again.
const rounds = 5

// change takes an application's list to what is wanted, in chunks that ATM
// does whole or not at all.
type change struct {
	client      *atm.Client
	application string
	wanted      members
	// holds is what Terraform read last, and from there on what holds after
	// each chunk.
	holds members
	// partly looks away of whom neither holds nor wanted names: others may have
	// assigned them to an application whose list was never made whole.
	partly bool
	// acted is set once ATM has changed something, or may have.
	acted bool
	// unsure is set when the outcome of the last request is unknown.
	unsure bool
}

// run begins with the listing now. After a refusal because an item has changed
// since the listing, run lists again: either the change is our own, whose
// response was lost, or the error names it.
func (c *change) run(ctx context.Context, now assignments) error {
	for round := 1; ; round++ {
		if c.partly {
			now = now.named(c.holds, c.wanted)
		}
		if err := c.compare(ctx, now); err != nil {
			return err
		}
		err := c.write(ctx, now)
		switch {
		case !atm.IsStale(err):
			return err
		case round == rounds:
			return &conflictError{c.application, []string{"the list kept changing while it was written"}, 1}
		}
		if now, err = assigned(ctx, c.client, c.application); err != nil {
			return err
		}
	}
}

// compare finds what is neither as Terraform read it nor as it is wanted: a
// change by someone else, which must not be overwritten unseen. What someone
// else changed to what is wanted anyway, as the deletion of a user removes it
// from every list, is no conflict.
func (c *change) compare(ctx context.Context, now assignments) error {
	var events []event
	is := now.members()
	look := func(id string) {
		had, was := c.holds[id]
		has, there := is[id]
		want, wanted := c.wanted[id]
		asRead := was == there && had == has
		asWanted := wanted == there && want == has
		if !asRead && !asWanted {
			events = append(events, event{id, happened(was, there, has)})
		}
	}
	for id := range c.holds {
		look(id)
	}
	for _, id := range is.without(c.holds) {
		look(id)
	}
	if len(events) == 0 {
		return nil
	}
	slices.SortFunc(events, func(a, b event) int { return strings.Compare(a.userID, b.userID) })
	return conflict(ctx, c.client, c.application, events)
}

func happened(was, there, enabled bool) string {
	switch {
	case !was:
		return "assigned"
	case !there:
		return "removed"
	case enabled:
		return "enabled"
	}
	return "disabled"
}

// item is one user to be set or removed.
type item struct {
	id     string
	set    *atm.ApplicationUserSet
	remove *atm.ApplicationUserRemove
}

// items are the differences between now and what is wanted, removals first:
// what takes rights away does not wait for what gives them.
func (c *change) items(now assignments) []item {
	var removals, sets []item
	for _, id := range now.members().without(c.wanted) {
		removals = append(removals, item{id: id, remove: &atm.ApplicationUserRemove{UserId: id, Etag: &now[id].Etag}})
	}
	for _, id := range c.wanted.ids() {
		enabled := c.wanted[id]
		etag := nullable.NewNullNullable[string]()
		if is, there := now[id]; there {
			if is.Enabled == enabled {
				continue
			}
			etag = nullable.NewNullableWithValue(is.Etag)
		}
		sets = append(sets, item{id: id, set: &atm.ApplicationUserSet{UserId: id, Enabled: &enabled, Etag: etag}})
	}
	return append(removals, sets...)
}

func (c *change) write(ctx context.Context, now assignments) error {
	c.holds = now.members() // as read or as wanted: compare saw to it
	for chunk := range slices.Chunk(c.items(now), validation.MaxApplicationUsers) {
		var patch atm.ApplicationUsersPatch
		var set []atm.ApplicationUserSet
		var remove []atm.ApplicationUserRemove
		for _, i := range chunk {
			if i.set != nil {
				set = append(set, *i.set)
			} else {
				remove = append(remove, *i.remove)
			}
		}
		if len(set) > 0 {
			patch.Set = &set
		}
		if len(remove) > 0 {
			patch.Remove = &remove
		}
		if _, err := c.client.ChangeApplicationUsers(ctx, c.application, atm.NewIdempotencyKey(), patch); err != nil {
			return c.failed(err, set, remove)
		}
		c.done(chunk)
	}
	return nil
}

func (c *change) done(chunk []item) {
	c.acted = true
	for _, i := range chunk {
		if i.set != nil {
			c.holds[i.id] = *i.set.Enabled
			continue
		}
		delete(c.holds, i.id)
	}
}

// failed says of a refusal which user it is about, in place of the item's
// number, which only the request knew.
func (c *change) failed(err error, set []atm.ApplicationUserSet, remove []atm.ApplicationUserRemove) error {
	var lost *atm.UnknownOutcomeError
	if errors.As(err, &lost) {
		c.acted, c.unsure = true, true // or it did not: the next read tells
		return err
	}
	var problem *atm.ProblemError
	if !errors.As(err, &problem) {
		return err
	}
	told := *problem
	told.Errors = slices.Clone(problem.Errors)
	for i, field := range told.Errors {
		list, index, name := pointed(field.Pointer)
		var id string
		switch {
		case list == "set" && index < len(set):
			id = set[index].UserId
		case list == "remove" && index < len(remove):
			id = remove[index].UserId
		default:
			continue
		}
		told.Errors[i] = atm.FieldError{
			Pointer: "/" + attributeUsers,
			Detail:  fmt.Sprintf("(user %s): %s %s", id, atm.FieldError{Pointer: "/" + name}.Field(), field.Detail),
		}
	}
	return &told
}

func pointed(pointer string) (list string, index int, name string) {
	steps := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	if len(steps) != 3 {
		return "", 0, ""
	}
	index, err := strconv.Atoi(steps[1])
	if err != nil || index < 0 {
		return "", 0, ""
	}
	return steps[0], index, steps[2]
}
