package login

import (
	"errors"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
)

// Logout returns the sign-out page, a handler for oauth.PathLogout (OpenID
// Connect RP-Initiated Logout 1.0).
func (p *Page) Logout() http.Handler { return http.HandlerFunc(p.logout) }

func (p *Page) logout(w http.ResponseWriter, r *http.Request) {
	params := r.URL.Query()
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		if status, problem := page.ReadForm(r); status != 0 {
			p.explain(w, r, status, problem, "")
			return
		}
		params = r.PostForm
	default: // HEAD as well: the request ends a sign-in
		w.Header().Set("Allow", "GET, POST")
		p.explain(w, r, http.StatusMethodNotAllowed, "The sign-out page supports only GET and POST.", "")
		return
	}
	out, err := p.config.OAuth.Logout(r.Context(), params)
	var refusal *oauth.Error
	switch {
	case errors.As(err, &refusal):
		p.explain(w, r, refusal.Status, refusal.Description, logoutAdvice[refusal.Reason()])
	case err != nil:
		p.failed(w, r, err)
	case out.RedirectTo != "":
		redirect(w, out.RedirectTo)
	default:
		p.signedOut(w, r, out)
	}
}

// logoutAdvice tells the application's developer what to do, by the reason of a
// refusal.
var logoutAdvice = map[oauth.Reason]string{
	oauth.ReasonWrongIDToken:       "An application sends the id token that it got with the user's tokens. It may have expired.",
	oauth.ReasonUnknownApplication: advice[oauth.ReasonUnknownApplication],
	oauth.ReasonWrongRedirect:      "Add the URL to the application's redirect URLs. " + advice[oauth.ReasonWrongRedirect],
}

func (p *Page) signedOut(w http.ResponseWriter, r *http.Request, out *oauth.Logout) {
	e := explanation{Title: "Signed out", Advice: "This server keeps no sessions. To end a sign-in to an application, sign out there."}
	if out.Ended {
		e.Advice = "Your sign-in to " + out.ApplicationName + " has ended. Its tokens are revoked."
	}
	p.show(w, r, http.StatusOK, e)
}
