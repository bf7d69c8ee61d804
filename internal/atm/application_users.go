package atm

import (
	"context"
	"iter"
	"slices"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// ApplicationUsers reads all assignments that the filters of params select,
// in the order of their creation. Each filter takes any number of ids; an empty
// one selects none.
func (c *Client) ApplicationUsers(ctx context.Context, params ListApplicationUsersParams) ([]ApplicationUser, error) {
	return collect(c.EachApplicationUser(ctx, params, 0))
}

// EachApplicationUser is [Client.ApplicationUsers] page by page, as the
// assignments are taken: at most as many as most says, or all where it is 0.
// More ids than one request takes need several requests, and then the first
// assignment comes after the last of them, because only then is the order known.
func (c *Client) EachApplicationUser(ctx context.Context, params ListApplicationUsersParams, most int) iter.Seq2[*ApplicationUser, error] {
	requests := splitIDs(params)
	if len(requests) == 1 {
		return c.eachApplicationUser(ctx, requests[0], most)
	}
	return func(yield func(*ApplicationUser, error) bool) {
		var all []ApplicationUser
		for _, request := range requests {
			some, err := collect(c.eachApplicationUser(ctx, request, 0))
			if err != nil {
				yield(nil, err)
				return
			}
			all = append(all, some...)
		}
		slices.SortStableFunc(all, func(a, b ApplicationUser) int { return a.CreatedAt.Compare(b.CreatedAt) })
		if most > 0 && len(all) > most {
			all = all[:most]
		}
		for i := range all {
			if !yield(&all[i], nil) {
				return
			}
		}
	}
}

func (c *Client) eachApplicationUser(ctx context.Context, params ListApplicationUsersParams, most int) iter.Seq2[*ApplicationUser, error] {
	return each(most, func(cursor *string, limit int) (*page[ApplicationUser], error) {
		params.Cursor, params.Limit = cursor, &limit
		return c.listAssignments(ctx, params, nil)
	})
}

// splitIDs divides params into requests whose two filters together have at most
// validation.MaxIDs ids. No two requests select the same assignment, and an empty filter
// makes no request.
func splitIDs(params ListApplicationUsersParams) []ListApplicationUsersParams {
	applications, users := filterChunks(params.ApplicationIds, params.UserIds)
	requests := make([]ListApplicationUsersParams, 0, len(applications)*len(users))
	for _, some := range applications {
		for _, others := range users {
			request := params
			request.ApplicationIds, request.UserIds = some, others
			requests = append(requests, request)
		}
	}
	return requests
}

// filterChunks divides two filters so that a chunk of the one and a chunk of the
// other have at most validation.MaxIDs ids, with the fewest pairs of chunks. A filter that
// is not given (nil) is one chunk that is not given.
func filterChunks(a, b *[]string) (as, bs []*[]string) {
	switch {
	case a == nil && b == nil:
		return []*[]string{nil}, []*[]string{nil}
	case a == nil:
		return []*[]string{nil}, chunks(*b, validation.MaxIDs)
	case b == nil:
		return chunks(*a, validation.MaxIDs), []*[]string{nil}
	}
	one, other := distinct(*a), distinct(*b)
	best, pairs := 1, len(one)*len(other)+1
	for size := 1; size < validation.MaxIDs; size++ {
		if n := countChunks(len(one), size) * countChunks(len(other), validation.MaxIDs-size); n < pairs {
			best, pairs = size, n
		}
	}
	return chunks(one, best), chunks(other, validation.MaxIDs-best)
}

func chunks(ids []string, size int) []*[]string {
	var parts []*[]string
	for part := range slices.Chunk(distinct(ids), size) {
		parts = append(parts, &part)
	}
	return parts
}

func countChunks(ids, size int) int { return (ids + size - 1) / size }
