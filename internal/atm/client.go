package atm

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Client calls one ATM. Make one with [New]; it may be used by many
// goroutines at once.
type Client struct {
	base    *url.URL
	retrier *retryablehttp.Client
	now     func() time.Time
	tokens  tokens
	keys    keyCache
	readers readers
}

// New checks config and returns a client of it. It makes no request: a
// [Client] signs in when it first has to. The error is a [*ConfigError].
func New(config Config) (*Client, error) {
	if config.RequestTimeout == 0 {
		config.RequestTimeout = DefaultRequestTimeout
	}
	if config.MaxConcurrency == 0 {
		config.MaxConcurrency = DefaultMaxConcurrency
	}
	if config.RetryWait == 0 {
		config.RetryWait = 500 * time.Millisecond
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	base, err := config.endpoint()
	if err != nil {
		return nil, err
	}
	transport, err := config.transport()
	if err != nil {
		return nil, err
	}
	headers, err := config.headers()
	if err != nil {
		return nil, err
	}

	c := &Client{base: base, now: config.Now}
	c.readers = newReaders(c)
	once := &attempt{next: transport, timeout: config.RequestTimeout, headers: headers, userAgent: config.UserAgent, explain: config.explainTransport}
	paced := newPace(once, config.MaxConcurrency, config.MaxRequestsPerSecond)
	// Signing in waits for its turn like any request, so a request takes its turn after it has a token:
	// otherwise a client of one slot would wait for itself.
	c.tokens = config.tokens(c)
	c.retrier = newRetrier(&bearer{next: paced, tokens: c.tokens}, config.MaxRetries, config.RetryWait)
	return c, nil
}

// Caller is the login id of the user whose requests the client makes: what an
// Idempotency-Key belongs to. It is empty where the credential does not tell.
func (c *Client) Caller() string { return c.tokens.caller() }

// NewIdempotencyKey makes a key for all attempts of one create. It is as
// secret as what the create answers.
func NewIdempotencyKey() string { return rand.Text() }

// operation is one request to ATM, before its first attempt.
type operation struct {
	name      string // what is wanted, as in "create suite"
	repeat    repeat
	anonymous bool // carries its own credential, or none
}

// answer is what came back, and what had happened before.
type answer struct {
	op      operation
	request *http.Request
	status  int
	header  http.Header
	body    []byte
	trail   *trail
}

// send sends the request that build made, as often as op allows, and answers
// whatever status came last. No usable answer is a [*RequestError], a
// credential that ATM does not take a [*SignInError]; the answer then still
// holds the trail.
func (c *Client) send(ctx context.Context, op operation, build func(server string) (*http.Request, error)) (*answer, error) {
	req, err := build(c.base.String() + "/")
	if err != nil {
		return nil, fmt.Errorf("%s: building the request: %w", op.name, err)
	}
	if req.Method != http.MethodGet && !op.anonymous {
		c.readers.discard()
		defer c.readers.discard()
	}
	t := &trail{requestID: rand.Text(), repeat: op.repeat, anonymous: op.anonymous, start: time.Now()}
	wrapped, err := retryablehttp.FromRequest(req.WithContext(withTrail(ctx, t)))
	if err != nil {
		return nil, fmt.Errorf("%s: reading the request's body: %w", op.name, err)
	}

	got := &answer{op: op, request: req, trail: t}
	resp, err := c.retrier.Do(wrapped)
	if resp == nil {
		return got, got.failed(ctx, err)
	}
	got.body, err = io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return got, got.failed(ctx, err)
	}
	t.last = nil
	got.status, got.header = resp.StatusCode, resp.Header
	if id := resp.Header.Get("X-Request-Id"); id != "" {
		t.requestID = id
	}
	if got.status >= 300 && got.status < 400 {
		return got, got.failed(ctx, fmt.Errorf("status %d redirects to %s; set endpoint to the URL that answers itself",
			got.status, redactQuery(resp.Header.Get("Location"))))
	}
	return got, nil
}

// call is send for the management API: a status of 400 and above is a
// [*ProblemError], the answer is there beside it.
func (c *Client) call(ctx context.Context, op operation, build func(server string) (*http.Request, error)) (*answer, error) {
	got, err := c.send(ctx, op, build)
	if err == nil && got.status >= 400 {
		err = got.problem()
	}
	return got, err
}

// failed makes the error of an operation without a usable answer. The end of
// the operation is less telling than what its attempts met, so both are named.
func (a *answer) failed(ctx context.Context, err error) error {
	if a.trail.last != nil {
		err = a.trail.last
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w; the last attempt: %w", cause, err)
	}
	var signIn *SignInError
	if errors.As(err, &signIn) {
		return signIn
	}
	return &RequestError{
		Operation: a.op.name, Method: a.request.Method, URL: a.request.URL.Redacted(),
		RequestID: a.trail.requestID, Attempts: int(a.trail.attempts.Load()), story: a.trail.story(), Err: err,
	}
}

func redactQuery(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return "a malformed location"
	}
	u.RawQuery, u.Fragment = "", ""
	return u.Redacted()
}

// decode reads the answer's JSON. That it is JSON was checked with the attempt.
func decode[T any](a *answer) (*T, error) {
	value := new(T)
	if err := json.NewDecoder(bytes.NewReader(a.body)).Decode(value); err != nil {
		return nil, fmt.Errorf("%s: the answer has another shape than the contract's (%s): %w", a.op.name, a.trail.story(), err)
	}
	return value, nil
}

// fetch sends a safely repeatable request and decodes its answer.
func fetch[T any](ctx context.Context, c *Client, name string, build func(server string) (*http.Request, error)) (*T, error) {
	got, err := c.call(ctx, operation{name: name}, build)
	if err != nil {
		return nil, err
	}
	return decode[T](got)
}
