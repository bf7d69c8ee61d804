package login

import (
	"cmp"
	"html/template"
	"net/http"
	"slices"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
)

// respond sends the browser back to the application, to a URL that package oauth
// vouches for.
func (p *Page) respond(w http.ResponseWriter, r *http.Request, response *oauth.AuthorizationResponse) {
	if response.FormPost {
		p.formPost(w, r, response)
		return
	}
	redirect(w, response.URL())
}

// redirect has no body: no one on the way may read any of it.
func redirect(w http.ResponseWriter, to string) {
	page.Policy{}.Apply(w.Header())
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// script submits the page's form.
const script = "document.forms[0].submit()"

// formPost responds with a form that submits itself to the application (OAuth
// 2.0 Form Post Response Mode), or by its button where no script runs.
func (p *Page) formPost(w http.ResponseWriter, r *http.Request, response *oauth.AuthorizationResponse) {
	// Applications that compare the Origin of a form with a list get the
	// server's, instead of null.
	allowed := page.Policy{Style: page.Source(style), Script: page.Source(script), Image: "data:", Referrer: "strict-origin"}
	var err error
	if allowed.FormAction, err = p.targets(r, response.ApplicationID, response.RedirectURL); err == nil {
		err = page.Render(w, http.StatusOK, allowed, templates.Lookup("response"), returning{response})
	}
	if err != nil {
		p.failed(w, r, err)
	}
}

// returning is a response on its way back.
type returning struct{ response *oauth.AuthorizationResponse }

// Style is the page's style sheet.
func (f returning) Style() template.CSS { return template.CSS(style) } //nolint:gosec // embedded at build time

// Script is the page's script.
func (f returning) Script() template.JS { return script }

// Application is the name of the application.
func (f returning) Application() string { return f.response.ApplicationName }

// Action is the redirect URL; the template would refuse an application's own
// scheme.
func (f returning) Action() template.URL { return template.URL(f.response.RedirectURL) } //nolint:gosec // validated when it was registered

// Hidden are the response's parameters.
func (f returning) Hidden() []hidden {
	var all []hidden
	for name := range f.response.Params {
		all = append(all, hidden{name, f.response.Params.Get(name)})
	}
	slices.SortFunc(all, func(a, b hidden) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
