package login

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
)

//go:embed style.css
var style string

//go:embed page.html
var source string

// templates are the page's faces: "form", "response" and "explanation".
var templates = template.Must(template.New("page").Parse(source))

// policy has no script at all, and the one style that is in the page.
var policy = page.Policy{Style: page.Source(style), Image: "data:"}

// form is what the sign-in shows.
type form struct {
	request *oauth.AuthorizationRequest
	// Email is filled in.
	Email string
	// Problem is what was wrong, empty at first. EmailMissing and
	// PasswordMissing name the fields that it is about; neither, that it is about
	// both.
	Problem                       string
	EmailMissing, PasswordMissing bool
	// Warning is what may go wrong, empty if nothing is known.
	Warning string
	// Token is the hidden one against forms of other sites.
	Token string
}

// incomplete notes which fields are empty.
func (f *form) incomplete(secret string) bool {
	f.EmailMissing, f.PasswordMissing = f.Email == "", secret == ""
	switch {
	case f.EmailMissing && f.PasswordMissing:
		f.Problem = "Enter your email address and your password."
	case f.EmailMissing:
		f.Problem = "Enter your email address."
	case f.PasswordMissing:
		f.Problem = "Enter your password."
	default:
		return false
	}
	return true
}

// Style is the page's style sheet.
func (f *form) Style() template.CSS { return template.CSS(style) } //nolint:gosec // embedded at build time

// Application is the name of the application that asks.
func (f *form) Application() string { return f.request.ApplicationName }

// Destination is where the browser goes afterwards, for the person to see: a
// host, or a scheme where there is none.
func (f *form) Destination() string {
	u, err := url.Parse(f.request.RedirectURL)
	switch {
	case err != nil:
		return f.request.RedirectURL
	case u.Host != "":
		return u.Host
	}
	return u.Scheme + ":"
}

// EmailInvalid and PasswordInvalid report whether the problem is about that field.
func (f *form) EmailInvalid() bool {
	return f.Problem != "" && (f.EmailMissing || !f.PasswordMissing)
}

// PasswordInvalid is EmailInvalid for the password.
func (f *form) PasswordInvalid() bool {
	return f.Problem != "" && (f.PasswordMissing || !f.EmailMissing)
}

// FocusPassword reports whether the email address is there, and the password
// comes next.
func (f *form) FocusPassword() bool { return f.Email != "" && !f.EmailMissing }

// hidden is a field that carries the authorization request on.
type hidden struct{ Name, Value string }

// Hidden are the fields that carry the authorization request on. They need no
// signature: what comes back is checked as a new request.
func (f *form) Hidden() []hidden {
	all := []hidden{
		{"client_id", f.request.ClientID}, {"redirect_uri", f.request.RedirectURI}, {"state", f.request.State},
		{"nonce", f.request.Nonce}, {"code_challenge", f.request.CodeChallenge},
	}
	if f.request.CodeChallenge != "" {
		all = append(all, hidden{"code_challenge_method", "S256"})
	}
	if f.request.FormPost {
		all = append(all, hidden{"response_mode", "form_post"})
	}
	given := []hidden{{page.Field, f.Token}}
	for _, h := range all {
		if h.Value != "" {
			given = append(given, h)
		}
	}
	return given
}

// form responds with the sign-in.
func (p *Page) form(w http.ResponseWriter, r *http.Request, status int, f *form) {
	var err error
	if f.Token, err = p.forms.Token(w, r); err != nil {
		p.failed(w, r, err)
		return
	}
	f.Warning = page.PlainHTTP(r, p.config.PublicURL())
	allowed := policy
	if allowed.FormAction, err = p.targets(r, f.request.ApplicationID, f.request.RedirectURL); err != nil {
		p.failed(w, r, err)
		return
	}
	if err := page.Render(w, status, allowed, templates.Lookup("form"), f); err != nil {
		p.config.Logger.ErrorContext(r.Context(), "sign-in page", "error", err)
		p.explain(w, r, http.StatusInternalServerError, "The server failed.", "")
	}
}

// targets are where the form may lead. Chromium holds the whole chain of
// redirects against it, also those that the application makes after its
// redirect URL: it may go on within its own site, and to its allowed origins.
func (p *Page) targets(r *http.Request, applicationID, redirectURL string) ([]string, error) {
	origins, err := p.config.Store.Direct(r.Context()).AllowedOrigins(applicationID)
	if err != nil {
		return nil, err
	}
	targets := append([]string{"'self'"}, page.Site(redirectURL)...)
	return append(targets, page.Origins(origins...)...), nil
}

// explanation is what a page shows that has no form.
type explanation struct {
	Title string
	// Problem is what is wrong, empty where nothing is; Advice is what to do,
	// or what was done.
	Problem, Advice, RequestID string
}

// Style is the page's style sheet.
func (e explanation) Style() template.CSS { return template.CSS(style) } //nolint:gosec // embedded at build time

// explain responds with what is wrong and what to do about it.
func (p *Page) explain(w http.ResponseWriter, r *http.Request, status int, problem, advice string) {
	e := explanation{Title: "Sign-in is not possible", Problem: problem, Advice: advice, RequestID: requestid.From(r.Context())}
	if r.URL.Path == oauth.PathLogout {
		e.Title = "Sign-out is not possible"
	}
	p.show(w, r, status, e)
}

// show responds with an explanation.
func (p *Page) show(w http.ResponseWriter, r *http.Request, status int, e explanation) {
	if err := page.Render(w, status, policy, templates.Lookup("explanation"), e); err != nil {
		p.config.Logger.ErrorContext(r.Context(), "sign-in page", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func retryAfter(w http.ResponseWriter, wait time.Duration) {
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	}
}
