package management

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func FuzzCursor(f *testing.F) {
	name := "a"
	l, other := listingOf("suites", &name), listingOf("suites", (*string)(nil))
	f.Add(l.cursor(1))
	f.Add(other.cursor(1))
	f.Add("AAAAAAAAAAD_____")
	f.Add(l.cursor(1)[:7] + "\r" + l.cursor(1)[7:])
	f.Fuzz(func(t *testing.T, cursor string) {
		page, err := l.page(nil, &cursor)
		if err != nil {
			if page.After != 0 {
				t.Fatalf("refused, and used: %d", page.After)
			}
			return
		}
		// The listing accepts only cursors that it has written itself.
		if l.cursor(page.After) != cursor {
			t.Fatalf("%q is accepted as %d, which is %q", cursor, page.After, l.cursor(page.After))
		}
		if _, err := other.page(nil, &cursor); err == nil {
			t.Fatalf("%q is good for two listings", cursor)
		}
	})
}

func TestListing_FiltersDoNotRunTogether(t *testing.T) {
	t.Parallel()
	a, b, ab, empty := "a", "b", `a" "b`, ""
	list, lists := []string{"a", "b"}, []string{"a b"}
	seen := map[listing]int{}
	for i, l := range []listing{
		listingOf("x", &a, &b), listingOf("x", &ab, (*string)(nil)), listingOf("x", &a, (*string)(nil)),
		listingOf("x", (*string)(nil), &a), listingOf("x", &empty, &a), listingOf("y", &a, &b),
		listingOf("x", &list, &a), listingOf("x", &lists, &a),
	} {
		if first, again := seen[l]; again {
			t.Errorf("listings %d and %d are the same", first, i)
		}
		seen[l] = i
	}
}

func TestListing_LimitIsNoFilter(t *testing.T) {
	t.Parallel()
	l, limit := listingOf("x"), 7
	cursor := l.cursor(42)
	if page, err := l.page(&limit, &cursor); err != nil || page != (store.Page{Limit: 7, After: 42}) {
		t.Errorf("got %+v, %v", page, err)
	}
}

func TestListing_RefusesAnotherSpellingOfItsCursor(t *testing.T) {
	t.Parallel()
	l := listingOf("x")
	cursor := l.cursor(42)
	for i := range len(cursor) + 1 {
		for _, inserted := range []string{"\r", "\n", "\r\n", " ", "=", "\x00"} {
			spelled := cursor[:i] + inserted + cursor[i:]
			if page, err := l.page(nil, &spelled); err == nil || page.After != 0 {
				t.Errorf("%q is accepted as %d", spelled, page.After)
			}
		}
	}
}
