package management

import "github.com/oapi-codegen/nullable"

// A merge patch (RFC 7396): a field that is not sent stays, null returns it to
// its default, a value replaces it.

// merge is for a field that has a default.
func merge[T any](patch nullable.Nullable[T], current, fallback T) T {
	switch {
	case !patch.IsSpecified():
		return current
	case patch.IsNull():
		return fallback
	}
	return patch.MustGet()
}

// replace is for a field that has none, for which null is refused before.
func replace[T any](patch *T, current T) T {
	if patch == nil {
		return current
	}
	return *patch
}

// or is a field of a create, with its default.
func or[T any](given *T, fallback T) T { return replace(given, fallback) }
