package atm

import "github.com/oapi-codegen/nullable"

// NextCursorOf is where the next page of a list begins; null on the last one.
type NextCursorOf = nullable.Nullable[NextCursor]

// pageSize is the largest page, since pages are all read.
func pageSize() *int {
	size := 500
	return &size
}

// pages reads a list to its end.
func pages[L, T any](page func(cursor *string) (*L, error), parts func(*L) ([]T, NextCursorOf)) ([]T, error) {
	var (
		all    []T
		cursor *string
	)
	for {
		list, err := page(cursor)
		if err != nil {
			return nil, err
		}
		items, next := parts(list)
		all = append(all, items...)
		if !next.IsSpecified() || next.IsNull() {
			return all, nil
		}
		at := next.MustGet()
		cursor = &at
	}
}
