package atm

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/singleflight"
)

// Client calls one ATM. Make one with [New]; it may be used by many goroutines at once.
type Client struct {
	base           *url.URL
	transport      http.RoundTripper
	headers        http.Header
	userAgent      string
	requestTimeout time.Duration
	maxRetries     int
	retryWait      time.Duration
	now            func() time.Time
	redact         *redactor
	// explain adds to an error of the transport the settings that can be wrong.
	explain func(error) error

	pace    *pace
	tokens  tokens
	keys    keyCache
	me      meCache
	loaders loaders

	suites       collection[Suite, SuiteCreate, SuitePatch]
	projects     collection[Project, ProjectCreate, ProjectPatch]
	applications collection[Application, ApplicationCreate, ApplicationPatch]
	users        collection[User, UserCreate, UserPatch]
}

// New checks config and returns a client of it. It makes no request: a [Client] signs in when it first has to. The
// error is a [*ConfigError].
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
	c := &Client{
		base: base, transport: transport, headers: headers, userAgent: config.UserAgent,
		requestTimeout: config.RequestTimeout, maxRetries: config.MaxRetries, retryWait: config.RetryWait,
		now: config.Now, redact: newRedactor(config), explain: config.explainTransport,
		pace: newPace(config.MaxConcurrency, config.MaxRequestsPerSecond),
	}
	c.tokens = config.tokens(c)
	c.suites = newCollection[Suite, SuiteCreate, SuitePatch](c, "suite", "/api/v1/suites")
	c.projects = newCollection[Project, ProjectCreate, ProjectPatch](c, "project", "/api/v1/projects")
	c.applications = newCollection[Application, ApplicationCreate, ApplicationPatch](c, "application", "/api/v1/applications")
	c.users = newCollection[User, UserCreate, UserPatch](c, "user", "/api/v1/users")
	c.loaders = newLoaders(c)
	return c, nil
}

// Caller is the login id of the user whose requests the client makes: what an Idempotency-Key belongs to. It is empty
// where the credential does not tell.
func (c *Client) Caller() string { return c.tokens.caller() }

// NewIdempotencyKey makes a key for all attempts of one create. It is as secret as what the create returns.
func NewIdempotencyKey() string { return rand.Text() }

// do sends a request whose success has a body of type T. The checks find a body that is well-formed and still not the
// response to this request, such as another object's.
func do[T any](ctx context.Context, c *Client, r *request, checks ...func(*T) error) (*T, error) {
	got, _, err := exchangeFor(ctx, c, r, checks...)
	return got, err
}

// exchangeFor is do that also reports whether ATM may have acted on a request that failed.
func exchangeFor[T any](ctx context.Context, c *Client, r *request, checks ...func(*T) error) (got *T, unknown bool, err error) {
	r.accept = func(body []byte) error {
		value, err := decode[T](body)
		if err != nil {
			return err
		}
		for _, check := range checks {
			if err := check(value); err != nil {
				return err
			}
		}
		got = value
		return nil
	}
	_, unknown, err = c.send(ctx, r)
	return got, unknown, err
}

// create sends a request that creates something under the key. When the last response does not tell whether an
// earlier attempt acted, the error is an [*UnknownOutcomeError].
func create[T any](ctx context.Context, c *Client, key string, r *request, checks ...func(*T) error) (*T, error) {
	got, unknown, err := exchangeFor(ctx, c, r.withKey(key).withPolicy(repeatUntilKnown), checks...)
	if err != nil && unknown && !conclusive(err) {
		return nil, &UnknownOutcomeError{Key: key, Err: err}
	}
	return got, err
}

// conclusive reports whether err tells what an earlier attempt under the same key did: if that one had acted, this one
// would have been its replay.
func conclusive(err error) bool {
	var p *ProblemError
	if !errors.As(err, &p) {
		return false
	}
	switch p.Status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusPreconditionFailed:
		return true
	}
	return false
}

// share lets callers that need the same thing at once share one request, which goes on when the one that began it is
// canceled.
func share[T any](ctx context.Context, group *singleflight.Group, key string, do func(context.Context) (T, error)) (T, error) {
	done := group.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), defaultTimeout)
		defer cancel()
		return do(ctx)
	})
	select {
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	case result := <-done:
		value, _ := result.Val.(T)
		return value, result.Err
	}
}
