package management

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/oapi-codegen/nullable"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// answer is a response in the form in which an idempotency key replays it. It
// is every operation's response type.
type answer struct {
	status   int
	etag     string
	body     []byte // nil: none
	replayed bool

	// object is what was created or changed, for the idempotency record;
	// objectUserID is set for an assignment.
	object                 store.ObjectType
	objectID, objectUserID string
}

// object answers with an object and its etag.
func object(status int, etag string, body any) (*answer, error) {
	a, err := document(status, body)
	if err != nil {
		return nil, err
	}
	a.etag = etag
	return a, nil
}

// document answers with what is no object.
func document(status int, body any) (*answer, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return &answer{status: status, body: data}, nil
}

func done() *answer { return &answer{status: http.StatusNoContent} }

// of says which object the answer is about.
func (a *answer) of(what store.ObjectType, id string) *answer {
	a.object, a.objectID = what, id
	return a
}

func (a *answer) write(w http.ResponseWriter) error {
	h := w.Header()
	// Answers may hold a secret, and all depend on who asks.
	h.Set("Cache-Control", "no-store")
	if a.etag != "" {
		h.Set("ETag", a.etag)
	}
	if a.replayed {
		h.Set("Idempotency-Replayed", "true")
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return nil
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a caller that is gone is not the server's error
	return nil
}

// orNull is a value whose zero value is null.
func orNull[T comparable](value T) nullable.Nullable[T] {
	var zero T
	if value == zero {
		return nullable.NewNullNullable[T]()
	}
	return nullable.NewNullableWithValue(value)
}

// created answers a create.
func created(what store.ObjectType, id, etag string, body any) (*answer, error) {
	a, err := object(http.StatusCreated, etag, body)
	if err != nil {
		return nil, err
	}
	return a.of(what, id), nil
}

// each converts the items of a page.
func each[From, To any](items []From, convert func(From) To) []To {
	out := make([]To, len(items))
	for i, item := range items {
		out[i] = convert(item)
	}
	return out
}
