package management

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/oapi-codegen/nullable"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/base64url"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const (
	defaultLimit   = 100
	cursorChecksum = 12
)

// listing is a collection with its filters: what a cursor belongs to.
type listing [sha256.Size]byte

// listingOf tells one listing from another by the values of its filters, nil
// or empty where one is not used.
func listingOf(collection string, filters ...any) listing {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "cursor 1 %q", collection)
	for _, f := range filters {
		switch f := f.(type) {
		case *string:
			if f != nil {
				_, _ = fmt.Fprintf(h, " %q", *f)
				continue
			}
		case *[]string:
			if f != nil {
				_, _ = fmt.Fprintf(h, " %q", *f)
				continue
			}
		default:
			panic(fmt.Sprintf("a filter of type %T", f))
		}
		_, _ = fmt.Fprint(h, " -")
	}
	return listing(h.Sum(nil))
}

// cursor writes the number of the last item of a page: a position in the order
// of creation, which stays right when objects go. It says nothing that the
// caller could not see: the scope is applied to each page.
func (l listing) cursor(seq int64) string {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 8+cursorChecksum), uint64(seq))
	return base64url.Encode(append(b, l.checksum(b)...))
}

func (l listing) checksum(position []byte) []byte {
	sum := sha256.Sum256(append(l[:], position...))
	return sum[:cursorChecksum]
}

// page reads limit and cursor. A cursor of another listing, or one that this
// server did not write, is refused.
func (l listing) page(limit *int, cursor *string) (store.Page, error) {
	p := store.Page{Limit: defaultLimit}
	if limit != nil {
		p.Limit = *limit
	}
	if cursor == nil {
		return p, nil
	}
	b, err := base64url.Decode(*cursor)
	if err != nil || len(b) != 8+cursorChecksum || string(l.checksum(b[:8])) != string(b[8:]) {
		return p, errCursor()
	}
	seq := binary.BigEndian.Uint64(b)
	if seq > math.MaxInt64 {
		return p, errCursor()
	}
	p.After = int64(seq)
	return p, nil
}

func errCursor() error {
	return problem.InvalidField("cursor", "must be the nextCursor of a page of this listing, with the same filters")
}

// next is the nextCursor of a page; null on the last one.
func (l listing) next(seq int64) nullable.Nullable[string] {
	if seq == 0 {
		return nullable.NewNullNullable[string]()
	}
	return nullable.NewNullableWithValue(l.cursor(seq))
}

// pageOf reads a page of a listing from the store, with its nextCursor.
func pageOf[Filter, Row any](
	ctx context.Context, s *server, l listing, limit *int, cursor *string,
	list func(*store.Tx, Filter, store.Page) (store.List[Row], error), filter Filter,
) (found store.List[Row], next nullable.Nullable[string], err error) {
	page, err := l.page(limit, cursor)
	if err != nil {
		return found, nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		found, err = list(tx, filter, page)
		return err
	})
	return found, l.next(found.Next), err
}
