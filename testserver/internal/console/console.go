package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/login"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Path is where the console is mounted.
const Path = "/console"

// Config says what a Console works with. All but Logger, RotateEvery
// and Version are required.
type Config struct {
	Store *store.Store
	Keys  *keys.Manager
	OAuth *oauth.Server
	// Feed is what OAuth's events go to.
	Feed *Feed
	// Verifier checks email address and password of administrators.
	Verifier *login.Verifier
	Clock    clock.Clock
	// PublicURL returns the URL under which browsers reach the server.
	PublicURL func() string
	// Closing ends the streams of events when the server shuts down.
	Closing <-chan struct{}
	// RotateEvery is how long a key signs; 0 says that it is rotated on demand.
	RotateEvery time.Duration
	// Version is the program's, for people to see.
	Version string
	// Logger gets errors of the server's own; nil is slog's default.
	Logger *slog.Logger
}

// Console handles the requests below Path. It is safe for concurrent use.
type Console struct {
	config   Config
	forms    *page.Forms
	sessions *sessions
	streams  chan struct{}
}

// maxStreams bounds how many browsers may watch at a time.
const maxStreams = 64

// New returns a console.
func New(config Config) (*Console, error) {
	if config.Store == nil || config.Keys == nil || config.OAuth == nil || config.Feed == nil || config.Verifier == nil ||
		config.Clock == nil || config.PublicURL == nil || config.Closing == nil {
		return nil, errors.New("console: a required option is missing")
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	secret := func(name string) func(context.Context) ([]byte, error) {
		return func(ctx context.Context) ([]byte, error) { return config.Keys.Secret(ctx, name) }
	}
	return &Console{
		config: config, streams: make(chan struct{}, maxStreams),
		forms: &page.Forms{
			Name: "atm-console-form", PublicURL: config.PublicURL, Key: secret("console-forms"),
		},
		sessions: &sessions{
			store: config.Store, clock: config.Clock, secret: secret("console-sessions"), publicURL: config.PublicURL,
		},
	}, nil
}

// Pages handles all requests but the stream of events.
func (c *Console) Pages() http.Handler {
	r := chi.NewRouter()
	get := func(path string, h http.HandlerFunc) {
		r.Method(http.MethodGet, path, h)
		r.Method(http.MethodHead, path, h)
	}
	get("/static/{file}", c.static)
	get("/sign-in", c.showSignIn)
	r.Post("/sign-in", c.signIn)
	r.Post("/sign-out", c.signOut)
	r.Group(func(guarded chi.Router) {
		guarded.Use(c.guard)
		for path, h := range map[string]http.HandlerFunc{
			"/": c.requests, "/applications": c.applications, "/applications/{id}": c.application, "/users": c.users,
			"/keys": c.keys, "/token": c.showToken,
		} {
			guarded.Method(http.MethodGet, path, h)
			guarded.Method(http.MethodHead, path, h)
		}
		guarded.Post("/token", c.inspectToken)
	})
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		c.refuse(w, r, http.StatusNotFound, "Page not found.", "")
	})
	r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", "GET, HEAD")
		c.refuse(w, r, http.StatusMethodNotAllowed, "This page is read-only.", "")
	})
	return r
}

// EventsPath is the path of Events. It is separate from Pages because its
// responses do not end.
const EventsPath = Path + "/events"

// Events handles the stream of events.
func (c *Console) Events() http.Handler { return c.guard(http.HandlerFunc(c.stream)) }
