package atm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/oapi-codegen/nullable"
	"golang.org/x/text/unicode/norm"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/batch"
)

// object is what suites, projects, applications and users have in common.
type object interface {
	id() string
	etag() string
	created() time.Time
	// members are those by which lists filter and which identify the object to a person: name or email, suiteId,
	// projectId.
	members() map[string]string
}

// collection is one of ATM's kinds of object: a path below which objects are created, listed, read, changed and
// deleted. C is the body of a create, P that of a merge patch (RFC 7396).
type collection[T object, C, P any] struct {
	client *Client
	kind   string // as in "suite", for errors
	path   string
}

func newCollection[T object, C, P any](c *Client, kind, path string) collection[T, C, P] {
	return collection[T, C, P]{client: c, kind: kind, path: path}
}

// page is a part of a list.
type page[T any] struct {
	Items []T `json:"items"`
	// NextCursor is null on the last page.
	NextCursor nullable.Nullable[string] `json:"nextCursor"`
	Total      int                       `json:"total"`
}

// One reads one object. It implements [batch.Source] too.
func (c collection[T, C, P]) One(ctx context.Context, id string, progress func(error)) (*T, error) {
	r := newRequest("read "+c.kind, http.MethodGet, c.path, id).withProgress(progress)
	return do(ctx, c.client, r, hasID[T](id))
}

func (c collection[T, C, P]) create(ctx context.Context, key string, body C, secrets ...string) (*T, error) {
	r := newRequest("create "+c.kind, http.MethodPost, c.path).withJSON(typeJSON, body)
	r.secrets = secrets
	return create(ctx, c.client, key, r, func(created *T) error { return asRequested(body, *created) })
}

// update changes what patch names, if the object is still as etag says; without an etag, as a fresh read says.
func (c collection[T, C, P]) update(ctx context.Context, id, etag string, patch P) (*T, error) {
	etag, err := c.currentEtag(ctx, id, etag)
	if err != nil {
		return nil, err
	}
	r := newRequest("update "+c.kind, http.MethodPatch, c.path, id).withHeader("If-Match", etag).withJSON(typeMergePatch, patch)
	return update(ctx, c.client, r, patch, func(ctx context.Context) (*T, error) { return c.One(ctx, id, nil) }, hasID[T](id))
}

// delete deletes the object, if it is still as etag says; without an etag, as a fresh read says. An object that is not
// found is an error that [IsNotFound] knows, unless an earlier attempt may have deleted it.
func (c collection[T, C, P]) delete(ctx context.Context, id, etag string) error {
	etag, err := c.currentEtag(ctx, id, etag)
	if err != nil {
		return err
	}
	return remove(ctx, c.client, newRequest("delete "+c.kind, http.MethodDelete, c.path, id).withHeader("If-Match", etag))
}

func (c collection[T, C, P]) currentEtag(ctx context.Context, id, etag string) (string, error) {
	if etag != "" {
		return etag, nil
	}
	now, err := c.One(ctx, id, nil)
	if err != nil {
		return "", err
	}
	return (*now).etag(), nil
}

// list reads one page of what the filters of params select.
func (c collection[T, C, P]) list(ctx context.Context, params any, progress func(error)) (*page[T], error) {
	r := newRequest("list "+c.kind+"s", http.MethodGet, c.path).withQuery(params).withProgress(progress)
	return do(ctx, c.client, r, func(list *page[T]) error { return selected(r.query, list.Items) })
}

// find returns the one object that the filters select.
func (c collection[T, C, P]) find(ctx context.Context, params any, key string) (*T, error) {
	list, err := c.list(ctx, params, nil)
	if err != nil {
		return nil, err
	}
	if len(list.Items) == 0 {
		return nil, &NoSuchError{Kind: c.kind, Key: key}
	}
	return &list.Items[0], nil
}

// each reads what the filters select page by page; see [each].
func (c collection[T, C, P]) each(ctx context.Context, most int, params func(cursor *string, limit int) any) iter.Seq2[*T, error] {
	return each(most, func(cursor *string, limit int) (*page[T], error) { return c.list(ctx, params(cursor, limit), nil) })
}

// all reads everything that the filters select, with any number of ids in the order of creation. No ids is no filter;
// an empty list of ids selects nothing.
func (c collection[T, C, P]) all(ids *[]string, items func(ids *[]string) iter.Seq2[*T, error]) ([]T, error) {
	return byIDs(ids, func(ids *[]string) ([]T, error) { return collect(items(ids)) },
		func(a, b T) int { return a.created().Compare(b.created()) })
}

// hasID refuses the body of another object.
func hasID[T object](id string) func(*T) error {
	return func(got *T) error {
		if (*got).id() != id {
			return errors.New("the body is another object's: its id is not the requested one")
		}
		return nil
	}
}

// asRequested refuses the body of an object that cannot be the one that was to be created: it has another name, email
// address or parent. ATM may normalize the spelling.
func asRequested(wanted any, created object) error {
	want, err := fields(wanted)
	if err != nil {
		return err
	}
	for name, value := range created.members() {
		if text, ok := want[name].(string); ok && !sameSpelling(text, value) {
			return fmt.Errorf("the body is another object's: its %s is not the requested one", name)
		}
	}
	return nil
}

// selected refuses a list with items that the filters exclude: what sent it did not see the query.
func selected[T object](query map[string][]string, items []T) error {
	ids := strings.Split(strings.Join(query["ids"], ","), ",")
	for _, item := range items {
		if _, filtered := query["ids"]; filtered && !slices.Contains(ids, item.id()) {
			return errors.New("the list has an item that the filter ids excludes")
		}
		for name, value := range item.members() {
			if want := query[name]; len(want) == 1 && !sameSpelling(want[0], value) {
				return fmt.Errorf("the list has an item that the filter %s excludes", name)
			}
		}
	}
	return nil
}

// sameSpelling compares as leniently as an ATM may: without regard to case, surrounding white space and Unicode
// normalization.
func sameSpelling(a, b string) bool {
	return strings.EqualFold(norm.NFC.String(strings.TrimSpace(a)), norm.NFC.String(strings.TrimSpace(b)))
}

// update sends a write under an etag. When an earlier attempt's response was lost and this one finds the object
// changed, the object itself tells whether the change is our own: it has every value that was asked for.
func update[T any](ctx context.Context, c *Client, r *request, wanted any, read func(context.Context) (*T, error), check func(*T) error) (*T, error) {
	got, unknown, err := exchangeFor(ctx, c, r, check)
	if err == nil || !unknown || !IsStale(err) {
		return got, err
	}
	now, readErr := read(ctx)
	if readErr != nil {
		return nil, errors.Join(err, fmt.Errorf("reading what it is now: %w", readErr))
	}
	same, compareErr := holds(now, wanted)
	if compareErr != nil {
		return nil, errors.Join(err, compareErr)
	}
	if !same {
		return nil, err
	}
	return now, nil
}

// remove sends a DELETE. An object that is not found is deleted if an earlier attempt may have done it.
func remove(ctx context.Context, c *Client, r *request) error {
	_, unknown, err := c.send(ctx, r)
	if unknown && IsNotFound(err) {
		return nil
	}
	return err
}

// holds reports whether the object has every field of the merge patch. Lists are compared as sets, since ATM returns
// some of them sorted.
func holds(object, patch any) (bool, error) {
	have, err := fields(object)
	if err != nil {
		return false, err
	}
	want, err := fields(patch)
	if err != nil {
		return false, err
	}
	for name, value := range want {
		if !reflect.DeepEqual(sorted(have[name]), sorted(value)) {
			return false, nil
		}
	}
	return true, nil
}

func fields(value any) (map[string]any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("comparing the object with what was asked for: %w", err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("comparing the object with what was asked for: %w", err)
	}
	return out, nil
}

func sorted(value any) any {
	list, ok := value.([]any)
	if !ok {
		return value
	}
	list = append([]any(nil), list...)
	sort.Slice(list, func(i, j int) bool { return fmt.Sprint(list[i]) < fmt.Sprint(list[j]) })
	return list
}

// bulkPage turns a page, or its error, into the batch loader's.
func bulkPage[T any](list *page[T], err error) (batch.Page[*T], error) {
	if err != nil {
		return batch.Page[*T]{}, err
	}
	out := batch.Page[*T]{Items: make([]*T, len(list.Items)), Total: list.Total}
	for i := range list.Items {
		out.Items[i] = &list.Items[i]
	}
	out.Next, _ = list.NextCursor.Get()
	return out, nil
}
