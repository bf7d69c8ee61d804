package console

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// policy is that of all pages of the console: its own style and script, and
// nothing from other origins. The browser tells the console, and no other site,
// from where it comes: that is how requests of other sites are known.
var policy = page.Policy{
	Style: "'self'", Script: "'self'", Image: "data:", Connect: "'self'", FormAction: []string{"'self'"}, Referrer: "same-origin",
}

//go:embed templates
var templateFiles embed.FS

var functions = template.FuncMap{
	"at": at, "clockTime": clockTime, "iso": iso, "span": span, "words": words, "took": took,
}

// templates are one set for each page: the frame with the page's own parts.
var templates = func() map[string]*template.Template {
	frame := template.Must(template.New("frame.html").Funcs(functions).
		ParseFS(templateFiles, "templates/frame.html", "templates/row.html"))
	set := map[string]*template.Template{}
	for _, name := range []string{"requests", "applications", "application", "users", "keys", "token", "sign-in", "refusal"} {
		set[name] = template.Must(template.Must(frame.Clone()).ParseFS(templateFiles, "templates/"+name+".html"))
	}
	return set
}()

// view is what the frame shows around a page.
type view struct {
	// Title is the page's, Here the navigation's entry that it belongs to.
	Title, Here string
	// Root is the relative URL of the console's first page.
	Root string
	// Visitor is the email address of the user who has signed in, empty on the
	// same machine.
	Visitor   string
	PublicURL string
	Version   string
	Now       time.Time
	// FormToken is for the page's forms, where it has any.
	FormToken string
	// Data is the page's own.
	Data any
}

// show responds with a page.
func (c *Console) show(w http.ResponseWriter, r *http.Request, status int, name, title string, data any) {
	v := view{
		Title: title, Here: name, Root: root(r), Visitor: visitor(r), PublicURL: c.config.PublicURL(),
		Version: c.config.Version, Now: c.config.Clock.Now(), Data: data,
	}
	var err error
	if v.Visitor != "" || name == "sign-in" || name == "token" {
		if v.FormToken, err = c.forms.Token(w, r); err != nil {
			c.failed(w, r, err)
			return
		}
	}
	if err := page.Render(w, status, policy, templates[name], v); err != nil {
		c.config.Logger.ErrorContext(r.Context(), "console", "error", err)
		http.Error(w, "The server failed.", http.StatusInternalServerError)
	}
}

// refusal is what a page shows that cannot be shown.
type refusal struct{ Problem, Advice, RequestID string }

func (c *Console) refuse(w http.ResponseWriter, r *http.Request, status int, problem, advice string) {
	v := view{
		Title: problem, Root: root(r), PublicURL: c.config.PublicURL(), Version: c.config.Version, Now: c.config.Clock.Now(),
		Data: refusal{Problem: problem, Advice: advice, RequestID: requestid.From(r.Context())},
	}
	if err := page.Render(w, status, policy, templates["refusal"], v); err != nil {
		c.config.Logger.ErrorContext(r.Context(), "console", "error", err)
		http.Error(w, "The server failed.", http.StatusInternalServerError)
	}
}

// failed explains an error of the server, or that an object does not exist.
func (c *Console) failed(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, store.ErrNotFound) {
		c.refuse(w, r, http.StatusNotFound, "Object not found.", "It may have been deleted after the previous page was loaded.")
		return
	}
	status, problem, advice := page.Failure(w, r, c.config.Logger, err)
	c.refuse(w, r, status, problem, advice)
}

type visitorKey struct{}

func withVisitor(r *http.Request, email string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), visitorKey{}, email))
}

func visitor(r *http.Request) string {
	email, _ := r.Context().Value(visitorKey{}).(string)
	return email
}

// at writes a moment for people, in UTC as the whole server has it.
func at(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.UTC().Format("2 Jan 2006, 15:04:05 UTC")
}

func clockTime(t time.Time) string { return t.UTC().Format("15:04:05.000") }

func iso(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func took(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

// span writes a number of seconds for people: the two largest units.
func span(seconds int64) string {
	if seconds == 0 {
		return "0 s"
	}
	text := ""
	for _, unit := range []struct {
		name string
		size int64
	}{{"d", 86_400}, {"h", 3600}, {"min", 60}, {"s", 1}} {
		n := seconds / unit.size
		if n == 0 && text == "" {
			continue
		}
		if text != "" {
			if n > 0 {
				text += fmt.Sprintf(" %d %s", n, unit.name)
			}
			return text
		}
		text, seconds = fmt.Sprintf("%d %s", n, unit.name), seconds%unit.size
	}
	return text
}

// flows are the authenticator types in the words of ATM's console.
var flows = map[string]string{
	"user_credentials": "User Credentials", "client_credentials": "Client Credentials",
	"authorization_code": "Authorization", "authorization_code_pkce": "Authorization PKCE",
	"super_admin": "Super Admin", "suite_admin": "Suite Admin", "system_user": "System User",
	"refresh_token": "Refresh", "revoke": "Revocation", "introspect": "Introspection", "authorize": "Sign-in", "userinfo": "UserInfo", "logout": "Sign-out",
	"next": "Next", "current": "Signing", "retired": "Retired",
}

// words says what the API spells in one word.
func words(spelled any) string {
	text := fmt.Sprint(spelled)
	if known, ok := flows[text]; ok {
		return known
	}
	return text
}
