package atm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
)

// policy says how often a request may be sent.
type policy int

const (
	// repeatSafely is for a read, and for a write under an etag or an Idempotency-Key: up to MaxRetries after errors
	// that may pass.
	repeatSafely policy = iota
	// repeatUntilKnown is for a request that creates something. As long as ATM cannot have acted it is bounded like
	// the others. Once ATM may have acted, giving up would leave an object that Terraform does not know, so the client
	// repeats the request until the operation's time is over.
	repeatUntilKnown
	// neverRepeat is for a request that must not be sent twice: a refresh token is used once.
	neverRepeat
)

// request is one request to ATM, before its first attempt.
type request struct {
	// name says what was tried, as in "create suite"; errors begin with it.
	name   string
	method string
	// path is relative to the endpoint, and escaped.
	path   string
	query  url.Values
	header http.Header
	body   []byte
	// success lists the statuses that the contract defines for a success.
	success []int
	// accept reads the body of a success, and says what is wrong with one that the contract does not define. A nil
	// accept takes no body into account.
	accept func(body []byte) error
	policy policy
	// anonymous requests carry their own credential, or none.
	anonymous bool
	// optional is true where an ATM may lack the endpoint: 404, 405 and 501 are then final (see [missingEndpoint]).
	optional bool
	// oauth is true at the token endpoints, whose errors follow RFC 6749 §5.2.
	oauth bool
	// secrets are the values that an echo of the request would disclose.
	secrets []string
	// prepare, if set, completes the request before each attempt with a credential that is valid once, and returns it. Its
	// error ends the request.
	prepare func(context.Context) (secret string, err error)
	// progress, if set, is told the error with which the request would end now: before and after each attempt.
	progress func(error)
	// err is an error of building the request.
	err error
}

// newRequest is a request of the management API. The segments after path are escaped and joined to it.
func newRequest(name, method, path string, segments ...string) *request {
	r := &request{name: name, method: method, path: path, header: http.Header{}, success: []int{http.StatusOK}}
	for _, segment := range segments {
		r.path += "/" + url.PathEscape(segment)
	}
	switch method {
	case http.MethodPost:
		r.success = []int{http.StatusCreated}
	case http.MethodDelete:
		r.success = []int{http.StatusNoContent}
	}
	return r
}

// writes reports whether the request may change what ATM manages.
func (r *request) writes() bool { return r.method != http.MethodGet && !r.anonymous }

func (r *request) withStatus(statuses ...int) *request {
	r.success = statuses
	return r
}

func (r *request) withPolicy(p policy) *request {
	r.policy = p
	return r
}

func (r *request) withProgress(progress func(error)) *request {
	r.progress = progress
	return r
}

// withHeader sets a header, unless the value is empty.
func (r *request) withHeader(name, value string) *request {
	if value != "" {
		r.header.Set(name, value)
	}
	return r
}

// withKey makes ATM act once on all attempts of the request.
func (r *request) withKey(key string) *request { return r.withHeader("Idempotency-Key", key) }

// withJSON sets the body.
func (r *request) withJSON(contentType string, body any) *request {
	text, err := json.Marshal(body)
	if err != nil {
		r.err = err
	}
	r.body = text
	return r.withHeader("Content-Type", contentType)
}

const (
	typeJSON       = "application/json"
	typeMergePatch = "application/merge-patch+json" // RFC 7396
	typeForm       = "application/x-www-form-urlencoded"
)

// withQuery sets the query from the generated parameters of an operation. OpenAPI's style "form" without explode
// joins the elements of a list by commas.
func (r *request) withQuery(params any) *request {
	r.query = url.Values{}
	fields := reflect.ValueOf(params)
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Type().Field(i).Tag.Get("form"), ",")
		value := fields.Field(i)
		if name == "" || value.IsNil() {
			continue
		}
		if list, ok := value.Elem().Interface().([]string); ok {
			r.query.Set(name, strings.Join(list, ","))
			continue
		}
		r.query.Set(name, fmt.Sprint(value.Elem().Interface()))
	}
	return r
}
