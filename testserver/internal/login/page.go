package login

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Config says what a Page works with. Store, OAuth, Verifier, Secret and
// PublicURL are required.
type Config struct {
	Store *store.Store
	// OAuth checks authorization requests and issues codes.
	OAuth *oauth.Server
	// Verifier checks email address and password.
	Verifier *Verifier
	// Secret returns a key by its name that all replicas share.
	Secret func(context.Context, string) ([]byte, error)
	// PublicURL returns the URL under which browsers reach the server.
	PublicURL func() string
	// Clock tells the time of events; nil is the machine's.
	Clock clock.Clock
	// OnEvent gets every sign-in that was refused before OAuth had a part in
	// it; nil for none.
	OnEvent func(context.Context, oauth.Event)
	// Logger gets errors of the server's own; nil is slog's default.
	Logger *slog.Logger
}

// Page is the sign-in page, a handler for oauth.PathAuthorize. It is safe for
// concurrent use.
type Page struct {
	config Config
	forms  *page.Forms
}

// New returns the page.
func New(config Config) (*Page, error) {
	if config.Store == nil || config.OAuth == nil || config.Verifier == nil || config.Secret == nil || config.PublicURL == nil {
		return nil, errors.New("login: store, OAuth server, verifier, secret and public URL are required")
	}
	if config.Clock == nil {
		config.Clock = clock.System()
	}
	if config.OnEvent == nil {
		config.OnEvent = func(context.Context, oauth.Event) {}
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	return &Page{config: config, forms: &page.Forms{
		Name: "atm-sign-in", PublicURL: config.PublicURL,
		Key: func(ctx context.Context) ([]byte, error) { return config.Secret(ctx, "sign-in-forms") },
	}}, nil
}

// ServeHTTP shows the form (GET, or POST by an application) or signs in (POST by
// the form).
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		p.open(w, r)
	case http.MethodPost:
		p.submit(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		p.explain(w, r, http.StatusMethodNotAllowed, "The sign-in page supports only GET and POST.", "")
	}
}

// open shows the form for a request in the query string.
func (p *Page) open(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Has(fieldPassword) {
		p.explain(w, r, http.StatusBadRequest, "A password was sent in the URL of this page.",
			"URLs are stored in logs and histories. Treat that password as known to others, and sign in through the form.")
		return
	}
	request, err := p.config.OAuth.ParseAuthorization(r.Context(), query)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	p.form(w, r, http.StatusOK, &form{request: request, Email: request.LoginHint})
}

// refuse responds to an authorization request that is not valid: to the
// application if it and its redirect URL are known, else to the person.
func (p *Page) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *oauth.AuthorizationError
	if !errors.As(err, &refusal) {
		p.failed(w, r, err)
		return
	}
	p.config.OnEvent(r.Context(), refusal.Event(p.config.Clock.Now()))
	if refusal.Response != nil {
		p.respond(w, r, refusal.Response)
		return
	}
	p.explain(w, r, refusal.Refusal.Status, refusal.Refusal.Description, advice[refusal.Refusal.Reason()])
}

// advice tells the application's developer what to do, by the reason of a
// refusal.
var advice = map[oauth.Reason]string{
	oauth.ReasonMalformed:          "An application opens this page as /login?clientId=…, or with the parameters of RFC 6749, section 4.1.1.",
	oauth.ReasonUnknownApplication: "Compare the client id with the application's settings, and check that the application was created on this server.",
	oauth.ReasonWrongType: "Only the Authorization Flow and the Authorization PKCE Flow sign in here. Applications of the User Credentials and " +
		"Client Credentials flows use the token endpoint, /auth/token, without a browser.",
	oauth.ReasonWrongRedirect: "The server compares redirect URLs exactly, including a slash at the end. Only the port of http://127.0.0.1 and " +
		"http://[::1] may differ.",
}

// report tells of a refusal. It does not block.
func (p *Page) report(r *http.Request, request *oauth.AuthorizationRequest, userID string, status int, code string, reason oauth.Reason) {
	p.config.OnEvent(r.Context(), oauth.Event{
		Endpoint: oauth.EndpointAuthorize, GrantType: "authorization_code", At: p.config.Clock.Now(),
		ApplicationID: request.ApplicationID, UserID: userID, Status: status, Code: code, Reason: reason,
	})
}
