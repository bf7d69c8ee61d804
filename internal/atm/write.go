package atm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sort"
)

// create sends a POST that makes an object, under one Idempotency-Key. When
// the last attempt's answer does not tell whether an earlier one acted, the
// error is an [*UnknownOutcomeError].
func create[T any](ctx context.Context, c *Client, name, key string, build func(server string) (*http.Request, error)) (*T, error) {
	got, err := c.call(ctx, operation{name: name, repeat: repeatUntilKnown}, build)
	if err == nil {
		return decode[T](got)
	}
	if got != nil && got.trail.ambiguous && !conclusive(err) {
		return nil, &UnknownOutcomeError{Key: key, Err: err}
	}
	return nil, err
}

// conclusive reports whether err answers what an earlier attempt under the
// same key did: had that one acted, this one would have been its replay.
func conclusive(err error) bool {
	var p *ProblemError
	if !errors.As(err, &p) {
		return false
	}
	switch p.Status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// update sends a write under an etag. When an earlier attempt's answer was
// lost and this one finds the object changed, the object itself tells whether
// the change is our own: it has every value that was asked for.
func update[T any](ctx context.Context, c *Client, name string, wanted any,
	build func(server string) (*http.Request, error), read func(context.Context) (*T, error),
) (*T, error) {
	got, err := c.call(ctx, operation{name: name}, build)
	if err == nil {
		return decode[T](got)
	}
	if !IsStale(err) || !got.trail.ambiguous {
		return nil, err
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

// remove sends a DELETE. What is gone already is deleted: by an attempt whose
// answer was lost, or by someone else.
func remove(ctx context.Context, c *Client, name string, build func(server string) (*http.Request, error)) error {
	_, err := c.call(ctx, operation{name: name}, build)
	if IsNotFound(err) {
		return nil
	}
	return err
}

// holds reports whether the object has every field of the merge patch. Lists
// are compared as sets, since ATM answers some of them sorted.
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

// etagOr returns etag, or where there is none (state of an older version, a
// tainted object) the one of a fresh read.
func etagOr[T any](etag string, read func() (*T, error), of func(*T) string) (string, error) {
	if etag != "" {
		return etag, nil
	}
	object, err := read()
	if err != nil {
		return "", err
	}
	return of(object), nil
}

// gone takes a 404 before a delete for the delete.
func gone(err error) error {
	if IsNotFound(err) {
		return nil
	}
	return err
}

// NoSuchError is a readable key that names nothing the caller may see.
type NoSuchError struct {
	Kind string
	Key  string
}

// Error says what was looked for.
func (e *NoSuchError) Error() string {
	return fmt.Sprintf("there is no %s %q, or the provider's user may not see it", e.Kind, e.Key)
}

// only returns the one object that a unique key finds.
func only[T any](items []T, kind, key string) (*T, error) {
	if len(items) == 0 {
		return nil, &NoSuchError{Kind: kind, Key: key}
	}
	return &items[0], nil
}
