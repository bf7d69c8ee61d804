package atm

import (
	"errors"
	"iter"
	"slices"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// each reads a list as its items are taken: the next page is requested only after the last item of the one before was
// taken. most is how many items will be taken, so that no more are requested; 0 is all. An error is the last that
// comes.
func each[T any](most int, read func(cursor *string, limit int) (*page[T], error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		var cursor *string
		for left := most; ; {
			limit := validation.MaxPageSize
			if most > 0 {
				limit = min(left, validation.MaxPageSize)
			}
			list, err := read(cursor, limit)
			if err != nil {
				yield(nil, err)
				return
			}
			items := list.Items
			if most > 0 && len(items) > left {
				items = items[:left] // ATM need not obey a limit
			}
			for i := range items {
				if !yield(&items[i], nil) {
					return
				}
			}
			left -= len(items)
			next, err := list.NextCursor.Get()
			if err != nil || most > 0 && left <= 0 {
				return
			}
			if cursor != nil && *cursor == next {
				yield(nil, errors.New("the list does not end: ATM returned the same nextCursor twice"))
				return
			}
			cursor = &next
		}
	}
}

// collect takes all items of a list.
func collect[T any](items iter.Seq2[*T, error]) ([]T, error) {
	var all []T
	for item, err := range items {
		if err != nil {
			return nil, err
		}
		all = append(all, *item)
	}
	return all, nil
}

// byIDs reads objects by any number of ids, of which ATM takes only so many in
// one request, in the order of their creation. Without ids (nil) it reads once;
// an empty list selects nothing, without a request.
func byIDs[T any](ids *[]string, read func(ids *[]string) ([]T, error), created func(a, b T) int) ([]T, error) {
	if ids == nil {
		return read(nil)
	}
	chunks := slices.Collect(slices.Chunk(distinct(*ids), validation.MaxIDs))
	var all []T
	for _, chunk := range chunks {
		some, err := read(&chunk)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	if len(chunks) > 1 {
		slices.SortStableFunc(all, created)
	}
	return all, nil
}

// distinct returns each id once, in the order of first mention: an id that two
// chunks contain would select its object twice.
func distinct(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	var unique []string
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			unique = append(unique, id)
		}
	}
	return unique
}

// filter is nil where there is nothing to filter by.
func filter(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}

// filterIDs is [filter] for ids.
func filterIDs(ids []string) *[]string {
	if len(ids) == 0 {
		return nil
	}
	return &ids
}
