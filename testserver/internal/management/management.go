// Package management is the API under /api/v1: suites, projects, applications,
// users, assignments, token revocation and signing keys. The
// OpenAPI validator checks requests before a handler sees them; handlers decide
// by the roles of policy.go; the store keeps the objects. The package knows HTTP, roles, etags and
// idempotency; it knows neither SQL nor how tokens are made or verified.
package management

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/openapi"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Config is what the API needs. All fields but Logger are required.
type Config struct {
	// Contract is the parsed openapi.yaml.
	Validator *openapi.Validator
	Store     *store.Store
	// Authenticate tells what an access token says.
	Authenticate Authenticate
	Keys         SigningKeys
	Clock        clock.Clock
	Passwords    *password.Hasher
	// Trust returns what issuers of assertions are allowed.
	Trust func() federation.Policy
	// Logger gets the faults of the server; nil is slog's default.
	Logger *slog.Logger
}

// Token is what the management API wants to know of an access token whose
// signature, time and token family are right.
type Token struct {
	// UserID is empty for a token without a user (client credentials).
	UserID string
	// ApplicationID and ClientID are those of the application that the token
	// was issued to, ManagementAccess is the application's setting.
	ApplicationID, ClientID string
	ManagementAccess        bool
}

// Authenticate verifies an access token. A token that is expired, revoked or
// not of this server is ErrInvalidToken, wrapped with a reason that may be
// shown to the caller; other errors are faults of the server.
type Authenticate func(ctx context.Context, accessToken string) (Token, error)

// ErrInvalidToken says that an access token does not count.
var ErrInvalidToken = errors.New("the access token is not valid")

// SigningKeys lists and rotates the signing keys.
type SigningKeys interface {
	Keys(ctx context.Context) ([]keys.Info, error)
	Rotate(ctx context.Context) (keys.Info, error)
}

// server implements the generated interface; each resource has a file.
type server struct {
	Config
	routes http.Handler
}

var _ api.Server = (*server)(nil)

// New returns the handler for everything under /api/v1.
func New(c Config) http.Handler {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	s := &server{Config: c}
	s.routes = api.NewHandler(s, s.fail)
	return requestid.Ensure(http.HandlerFunc(s.serve))
}

// serve checks the path, the caller and the form of a request, in this order,
// and calls its handler, which checks the caller's permission.
func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	op, allowed := s.Validator.Find(r)
	switch {
	case op == nil && len(allowed) > 0:
		s.fail(w, r, problem.MethodNotAllowed(allowed))
		return
	case op == nil:
		s.fail(w, r, problem.UnknownPath())
		return
	}
	who, err := s.authenticate(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	r = r.WithContext(withCaller(r.Context(), who))
	checked, err := op.CheckRequest(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.routes.ServeHTTP(w, checked)
}

// fail responds with a problem document. It logs faults of the server: the
// response names none.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problem.From(err)
	if p.Status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		s.Logger.ErrorContext(r.Context(), "management request failed",
			"method", r.Method, "path", r.URL.Path, "request_id", requestid.From(r.Context()), "error", p.Cause)
	}
	problem.Write(w, p)
}
