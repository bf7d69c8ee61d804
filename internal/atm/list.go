package atm

import (
	"iter"
	"slices"

	"github.com/oapi-codegen/nullable"
)

// NextCursorOf is where the next page of a list begins; null on the last one.
type NextCursorOf = nullable.Nullable[NextCursor]

// largestPage is how many items ATM gives in one answer.
const largestPage = 500

func pageSize() *int {
	size := largestPage
	return &size
}

// each reads a list as its items are taken: no page is asked for before the
// last item of the one before has been. most is how many items will be taken,
// so that no more are asked for; 0 is all. An error is the last that comes.
func each[L, T any](most int, page func(cursor *string, size *int) (*L, error), parts func(*L) ([]T, NextCursorOf)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		var cursor *string
		for left := most; ; {
			size := pageSize()
			if most > 0 {
				*size = min(left, largestPage)
			}
			list, err := page(cursor, size)
			if err != nil {
				yield(nil, err)
				return
			}
			items, next := parts(list)
			if most > 0 && len(items) > left {
				items = items[:left] // ATM need not obey a size
			}
			for i := range items {
				if !yield(&items[i], nil) {
					return
				}
			}
			left -= len(items)
			if !next.IsSpecified() || next.IsNull() || most > 0 && left <= 0 {
				return
			}
			at := next.MustGet()
			cursor = &at
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
	chunks := slices.Collect(slices.Chunk(distinct(*ids), maxIDs))
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
