package management

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/oapi-codegen/nullable"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// response is a successful response in the form in which an idempotency key
// replays it. All operations return it.
type response struct {
	status   int
	etag     string
	body     []byte // nil: none
	replayed bool

	// object is what was created or changed, for the idempotency record;
	// objectUserID is set for an assignment.
	object                 store.ObjectType
	objectID, objectUserID string
}

// object is the response with an object and its etag.
func object(status int, etag string, body any) (*response, error) {
	resp, err := document(status, body)
	if err != nil {
		return nil, err
	}
	resp.etag = etag
	return resp, nil
}

// document is a response without an etag.
func document(status int, body any) (*response, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode the response: %w", err)
	}
	return &response{status: status, body: data}, nil
}

func done() *response { return &response{status: http.StatusNoContent} }

// of says which object the response is about.
func (r *response) of(what store.ObjectType, id string) *response {
	r.object, r.objectID = what, id
	return r
}

// Write sends the response.
func (r *response) Write(w http.ResponseWriter) {
	h := w.Header()
	// A response may hold a secret, and depends on the caller.
	h.Set("Cache-Control", "no-store")
	if r.etag != "" {
		h.Set("ETag", r.etag)
	}
	if r.replayed {
		h.Set("Idempotency-Replayed", "true")
	}
	if r.body == nil {
		w.WriteHeader(r.status)
		return
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // a caller that is gone is not the server's error
}

// orNull is a value whose zero value is null.
func orNull[T comparable](value T) nullable.Nullable[T] {
	var zero T
	if value == zero {
		return nullable.NewNullNullable[T]()
	}
	return nullable.NewNullableWithValue(value)
}

// created is the response to a create.
func created(what store.ObjectType, id, etag string, body any) (*response, error) {
	resp, err := object(http.StatusCreated, etag, body)
	if err != nil {
		return nil, err
	}
	return resp.of(what, id), nil
}

// each converts the items of a page.
func each[From, To any](items []From, convert func(From) To) []To {
	out := make([]To, len(items))
	for i, item := range items {
		out[i] = convert(item)
	}
	return out
}
