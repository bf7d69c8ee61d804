package login

import (
	"errors"
	"net/http"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
)

// Fields of the form that a person fills in, and the button of the form beside it.
const (
	fieldEmail    = "email"
	fieldPassword = "password"
	fieldDeny     = "deny"
)

// submit is the sign-in, the denial, or an authorization request as a form of
// the application (OpenID Connect Core §3.1.2.1), which has neither a password nor
// this page's token, and so only shows the page. Nothing is read from the query
// string, and which button of the sign-in form was pressed means nothing.
func (p *Page) submit(w http.ResponseWriter, r *http.Request) {
	if status, problem := page.ReadForm(r); status != 0 {
		p.explain(w, r, status, problem, "Go back to the application and sign in again.")
		return
	}
	if r.URL.Query().Has(fieldPassword) {
		p.explain(w, r, http.StatusBadRequest, "A password was sent in the URL of this page.", "Send it in the body of the form.")
		return
	}
	request, err := p.config.OAuth.ParseAuthorization(r.Context(), r.PostForm)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	if !r.PostForm.Has(fieldPassword) && !r.PostForm.Has(page.Field) {
		p.form(w, r, http.StatusOK, &form{request: request, Email: request.LoginHint})
		return
	}
	f := &form{request: request, Email: strings.TrimSpace(r.PostForm.Get(fieldEmail))}
	switch err := p.forms.Check(r); {
	case errors.Is(err, page.ErrForeignForm):
		p.report(r, request, "", http.StatusForbidden, codeAccessDenied, oauth.ReasonForeignForm)
		f.Problem = "This page has been open for too long, or your browser keeps no cookies. Sign in again."
		p.form(w, r, http.StatusForbidden, f)
		return
	case err != nil:
		p.failed(w, r, err)
		return
	}
	if r.PostForm.Has(fieldDeny) {
		p.respond(w, r, p.config.OAuth.Deny(r.Context(), request))
		return
	}
	if f.incomplete(r.PostForm.Get(fieldPassword)) {
		p.form(w, r, http.StatusUnprocessableEntity, f)
		return
	}
	p.signIn(w, r, f, r.PostForm.Get(fieldPassword))
}

const codeAccessDenied = "access_denied"

func (p *Page) signIn(w http.ResponseWriter, r *http.Request, f *form, secret string) {
	user, err := p.config.Verifier.Verify(r, f.request.ClientID, f.Email, secret)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		p.report(r, f.request, refusal.UserID, refusal.Status, codeAccessDenied, refusal.Reason)
		retryAfter(w, refusal.RetryAfter)
		f.Problem = refusal.Message
		p.form(w, r, refusal.Status, f)
		return
	case err != nil:
		p.failed(w, r, err)
		return
	}
	if err := p.config.Verifier.Remember(w, r, user); err != nil {
		p.failed(w, r, err)
		return
	}
	response, err := p.config.OAuth.IssueCode(r.Context(), f.request, user.ID)
	var denied *oauth.Error
	switch {
	case errors.As(err, &denied) && denied.Code == codeAccessDenied:
		f.Problem = "This account cannot be used with this application. Ask your administrator, or sign in with another account."
		p.form(w, r, http.StatusForbidden, f)
	case err != nil:
		p.failed(w, r, err)
	default:
		p.respond(w, r, response)
	}
}

// failed explains an error of the server.
func (p *Page) failed(w http.ResponseWriter, r *http.Request, err error) {
	status, problem, advice := page.Failure(w, r, p.config.Logger, err)
	p.explain(w, r, status, problem, advice)
}
