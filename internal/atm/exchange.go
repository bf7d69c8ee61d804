package atm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// Exchange says, for an error, what was tried and what came back.
type Exchange struct {
	// Operation is what was wanted, as in "create suite".
	Operation string
	Method    string
	// URL has no query.
	URL string
	// Status is that of the last response; 0 where none came.
	Status int
	// RequestID is the last response's X-Request-Id, or the one that the request carried.
	RequestID string
	// Attempts is how often the request was sent, Elapsed how long that took.
	Attempts int
	Elapsed  time.Duration
	// Hint is the next step, naming the setting that helps; may be empty.
	Hint string
}

// Origin is the request, the status and the request id, as in
// "create suite: POST https://atm.example.com/api/v1/suites returned 409 (request id 7FK2)".
func (e Exchange) Origin() string {
	outcome := "got no response"
	if e.Status != 0 {
		outcome = fmt.Sprintf("returned %d", e.Status)
	}
	return fmt.Sprintf("%s: %s %s %s (%s)", e.Operation, e.Method, e.URL, outcome, e.attempts())
}

func (e Exchange) attempts() string {
	text := "request id " + e.RequestID
	if e.Attempts > 1 {
		text += fmt.Sprintf(", %d attempts in %s", e.Attempts, e.Elapsed.Round(100*time.Millisecond))
	}
	return text
}

// message is the text of an error: what was tried, why it failed, the next step.
func (e Exchange) message(reason string) string {
	text := e.Origin() + ": " + reason
	if e.Hint != "" {
		text += ". " + e.Hint
	}
	return text
}

// RequestError is a request that ended without a decision of ATM: there was no response, or ATM could not act in the
// operation's time.
type RequestError struct {
	Exchange
	Err error
}

// Error names the request, the last attempt's failure, the request id and the setting that helps.
func (e *RequestError) Error() string { return e.message(e.Err.Error()) }

// Unwrap returns the last attempt's failure.
func (e *RequestError) Unwrap() error { return e.Err }

// UnexpectedResponseError is a response that the contract does not define for the request: another status, a body that
// is not JSON or lacks a required member, another object, or an error without ATM's problem document. A proxy, a
// gateway or another service responded, or ATM's response was changed on its way. It says nothing about the object:
// state must not change because of it.
type UnexpectedResponseError struct {
	Exchange
	// Reason says what the contract does not define, without values of the response.
	Reason string
	// SignedIn is true if the request carried a token that the server at this endpoint has issued: ATM is there, and
	// only the management API is not.
	SignedIn bool
}

// Error names the request, the status, the request id and what was unexpected.
func (e *UnexpectedResponseError) Error() string {
	return e.message("unexpected response: " + e.Reason)
}

// unexpectedError is the reason of an [UnexpectedResponseError] while its request is not over.
type unexpectedError struct{ reason string }

func (e *unexpectedError) Error() string { return e.reason }

// notTheContracts is the reason of a response whose status the contract does not define for a success, and which
// carries no error of ATM's.
func notTheContracts(resp *response) error {
	if resp.status >= 300 && resp.status < 400 {
		return &unexpectedError{fmt.Sprintf("status %d redirects to %s; set endpoint to the URL that does not redirect",
			resp.status, withoutQuery(resp.header.Get("Location")))}
	}
	if resp.status < 300 {
		return &unexpectedError{fmt.Sprintf("status %d is not one that ATM defines for this request", resp.status)}
	}
	return &unexpectedError{fmt.Sprintf("status %d without an error document of ATM, so a proxy, a gateway or another service sent it", resp.status)}
}

// failure is the error that the request ends with if this was its last attempt.
func (x *exchange) failure(a attempt) error {
	e := x.Exchange
	e.Attempts, e.Elapsed = x.attempts, time.Since(x.start)
	if a.resp == nil {
		e.Status = 0
	}
	var (
		signIn  *SignInError
		problem *ProblemError
		oauth   *OAuthError
		foreign *unexpectedError
		source  *assertion.Error
	)
	switch {
	case errors.As(a.err, &signIn):
		return x.signInFailure(signIn, e)
	case errors.As(a.err, &source): // there was nothing to send
		return a.err
	case errors.As(a.err, &foreign):
		return &UnexpectedResponseError{Exchange: e, Reason: x.clean(foreign.reason), SignedIn: x.client.signsIn() && !x.request.anonymous}
	case a.result == final && errors.As(a.err, &problem):
		problem.Exchange = e
		return problem
	case a.result == final && errors.As(a.err, &oauth):
		oauth.Exchange = e
		return oauth
	}
	e.Hint = hint(a)
	switch { // what ATM said about a failure that may pass is no decision
	case errors.As(a.err, &problem):
		return &RequestError{Exchange: e, Err: errors.New(problem.reason())}
	case errors.As(a.err, &oauth):
		return &RequestError{Exchange: e, Err: errors.New(oauth.reason())}
	}
	return &RequestError{Exchange: e, Err: a.err}
}

// signInFailure adds to a credential that ATM does not take which request it was for.
func (x *exchange) signInFailure(err *SignInError, e Exchange) error {
	if err.Err != nil || x.refusals == 0 {
		return err
	}
	return &SignInError{Reason: err.Reason, Err: errors.New(e.Origin())}
}

// end is the error of a request that is not sent again. The end of the operation says less than what its attempts
// met, so both are named.
func (x *exchange) end(ctx context.Context, a attempt) error {
	over := context.Cause(ctx)
	if over == nil && a.result == ended {
		over = a.err
	}
	// The error itself may have been told to the waiters of a batch, and a sign-in's belongs to every request that waited
	// for it: a copy is changed, and of the requests' own errors only.
	switch err := x.last.(type) { //nolint:errorlint // see above
	case *RequestError:
		own := *err
		own.Hint = cmp.Or(x.tooLong, own.Hint)
		if over != nil && !errors.Is(err, over) {
			own.Err = fmt.Errorf("%w; the last attempt: %w", over, own.Err)
		}
		return &own
	case *UnexpectedResponseError:
		own := *err
		own.Hint = x.tooLong
		if over != nil {
			own.Reason += "; then " + over.Error()
		}
		return &own
	}
	return x.last
}

// hint names the setting that helps after an attempt that may pass.
func hint(a attempt) string {
	var slow *timeoutError
	switch {
	case errors.As(a.err, &slow):
		return "Apply again if ATM was slow only for a moment, or raise request_timeout in the provider block."
	case a.result == limited && a.resp != nil && a.resp.status == http.StatusTooManyRequests:
		return "Set max_requests_per_second in the provider block to less than ATM allows, or raise the operation's timeout."
	case a.result == limited, a.result == transient:
		return "Apply again if ATM is down only for a moment; max_retries in the provider block raises how often a request is repeated."
	}
	return ""
}

// clean removes from outside text what must not be shown.
func (x *exchange) clean(text string) string { return x.redact.clean(text) }

func withoutQuery(location string) string {
	location, _, _ = strings.Cut(location, "?")
	location, _, _ = strings.Cut(location, "#")
	if location == "" {
		return "nowhere"
	}
	return location
}
