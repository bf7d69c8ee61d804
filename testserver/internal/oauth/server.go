package oauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Config says what a Server works with. Store, Keys and PublicURL are
// required.
type Config struct {
	Store *store.Store
	Keys  *keys.Manager
	// Clock tells the time; nil is the machine's.
	Clock clock.Clock
	// PublicURL returns the server's URL as its clients see it, which is the
	// issuer of id tokens and metadata. A slash at its end is cut off.
	PublicURL func() string
	// Issuers reads the keys of issuers of assertions; nil is one that allows no
	// private addresses.
	Issuers *federation.Issuers
	// Limiter slows down failures; nil does not.
	Limiter *ratelimit.Limiter
	// OnEvent gets every request that was decided, just before its response is
	// sent; nil for none. It must not block.
	OnEvent func(context.Context, Event)
	// Logger gets errors of the server's own; nil is slog's default.
	Logger *slog.Logger
}

// Server handles the token endpoints. It is safe for concurrent use.
type Server struct {
	store     *store.Store
	keys      *keys.Manager
	clock     clock.Clock
	publicURL func() string
	issuers   *federation.Issuers
	limiter   *ratelimit.Limiter
	onEvent   func(context.Context, Event)
	logger    *slog.Logger
}

// New returns a server.
func New(config Config) (*Server, error) {
	if config.Store == nil || config.Keys == nil || config.PublicURL == nil {
		return nil, errors.New("oauth: store, keys and public URL are required")
	}
	s := &Server{
		store: config.Store, keys: config.Keys, clock: config.Clock, publicURL: config.PublicURL,
		issuers: config.Issuers, limiter: config.Limiter, onEvent: config.OnEvent, logger: config.Logger,
	}
	if s.clock == nil {
		s.clock = clock.System()
	}
	if s.issuers == nil {
		s.issuers = federation.NewIssuers(s.clock, false)
	}
	if s.onEvent == nil {
		s.onEvent = func(context.Context, Event) {}
	}
	if s.logger == nil {
		s.logger = slog.Default()
	}
	return s, nil
}

// Paths of the endpoints, below the public URL.
const (
	PathToken        = "/auth/token"
	PathTokenAlias   = "/oauth/token"
	PathJWKS         = "/auth/.well-known/jwks.json"
	PathRevoke       = "/auth/revoke"
	PathIntrospect   = "/auth/introspect"
	PathUserInfo     = "/auth/userinfo"
	PathAuthorize    = "/login"
	PathLogout       = "/logout"
	PathMetadata     = "/.well-known/oauth-authorization-server"
	PathOpenIDConfig = "/.well-known/openid-configuration"
)

// retryAfterTrouble is how long a client should wait for a server that is busy
// or has lost its database.
const retryAfterTrouble = time.Second

// Mux is what endpoints are mounted on: http.ServeMux and chi.Router are.
type Mux interface {
	Handle(pattern string, handler http.Handler)
}

// Mount serves all endpoints but the pages, for all methods: what a
// method is not for is refused with 405.
func (s *Server) Mount(mux Mux) {
	token := s.Token()
	mux.Handle(PathToken, token)
	mux.Handle(PathTokenAlias, token)
	mux.Handle(PathRevoke, s.Revoke())
	mux.Handle(PathIntrospect, s.Introspect())
	mux.Handle(PathUserInfo, s.UserInfo())
	mux.Handle(PathJWKS, s.JWKS())
	metadata := s.Metadata()
	mux.Handle(PathMetadata, metadata)
	mux.Handle(PathOpenIDConfig, metadata)
}

// call is one request to an endpoint on its way.
type call struct {
	*request
	ctx context.Context
	now time.Time
	// authenticated reports whether the application proved itself, which a
	// public client cannot.
	authenticated bool
	// assertion is by what it did, nil without one.
	assertion *federation.Verified
	// event is filled in as things become known.
	event Event
}

// endpoint is handler for an endpoint whose parameters are in the body of a POST.
func (s *Server) endpoint(name string, decide func(*call) (any, *Error)) http.Handler {
	return s.handler(name, func(w http.ResponseWriter, r *http.Request, c *call) (any, *Error) {
		if refusal := allow(w, r, http.MethodPost); refusal != nil {
			return nil, refusal
		}
		parsed, refusal := parseRequest(r)
		if refusal != nil {
			return nil, refusal
		}
		c.request = parsed
		return decide(c)
	})
}

// handler turns the decision of one endpoint into a handler: it limits, responds
// and reports.
func (s *Server) handler(name string, decide func(http.ResponseWriter, *http.Request, *call) (any, *Error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		c := &call{ctx: r.Context(), now: s.clock.Now(), event: Event{Endpoint: name}}
		response, refusal := decide(w, r, c)
		if refusal != nil {
			refusal = s.limit(r, c, refusal)
			s.equalise(c.ctx, started, refusal)
		}
		s.narrowOrigin(w, r, c)
		if c.request != nil {
			c.event.ClientID = c.get(paramClientID)
		}
		c.event.Status = http.StatusOK
		if refusal != nil {
			c.event.Status, c.event.Code = refusal.Status, refusal.Code
			c.event.Reason, c.event.Err = refusal.reason, refusal.cause
		}
		c.event.At, c.event.Duration = s.clock.Now(), time.Since(started)
		s.onEvent(c.ctx, c.event)
		if refusal == nil {
			writeJSON(w, http.StatusOK, response)
			return
		}
		if refusal.Status >= http.StatusInternalServerError && refusal.cause != nil {
			s.logger.ErrorContext(c.ctx, "token endpoint", "endpoint", name, "grant", c.event.GrantType, "error", refusal.cause)
		}
		writeError(w, r, refusal)
	})
}

// allow responds to other methods with 405.
func allow(w http.ResponseWriter, r *http.Request, methods ...string) *Error {
	if slices.Contains(methods, r.Method) {
		return nil
	}
	allowed := strings.Join(methods, ", ")
	w.Header().Set("Allow", allowed+", OPTIONS")
	refusal := invalidRequest(ReasonMalformed, "This endpoint supports only "+allowed+".")
	refusal.Status = http.StatusMethodNotAllowed
	return refusal
}

// fail turns an error of the server's own into its refusal.
func fail(ctx context.Context, err error) *Error {
	if refusal := unusable(err); refusal != nil {
		return refusal
	}
	switch {
	case errors.Is(err, keys.ErrBusy):
		return &Error{
			Status: http.StatusServiceUnavailable, Code: codeTemporarilyUnavailable, reason: ReasonBusy,
			Description: "Too many requests wait for a signature.", retryAfter: retryAfterTrouble,
		}
	case ctx.Err() != nil:
		return &Error{
			Status: http.StatusServiceUnavailable, Code: codeTemporarilyUnavailable, reason: ReasonCanceled,
			Description: "The request was canceled.", retryAfter: retryAfterTrouble,
		}
	case problem.From(err).Status == http.StatusServiceUnavailable:
		return &Error{
			Status: http.StatusServiceUnavailable, Code: codeTemporarilyUnavailable, reason: ReasonServerError,
			Description: "The database does not respond.", retryAfter: retryAfterTrouble, cause: err,
		}
	}
	return serverError(err)
}

// failed is fail with the step that did, for the log.
func (c *call) failed(step string, err error) *Error {
	return fail(c.ctx, fmt.Errorf("%s: %w", step, err))
}
