package console

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/login"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
)

// signInPage is the sign-in form: what is filled in, what was wrong, and what
// may go wrong.
type signInPage struct{ Email, Problem, Warning string }

func (c *Console) showSignIn(w http.ResponseWriter, r *http.Request) {
	if foreign(r) || c.rebound(r) {
		c.guard(nil).ServeHTTP(w, r)
		return
	}
	c.show(w, r, http.StatusOK, "sign-in", "Sign in", signInPage{Warning: page.PlainHTTP(r, c.config.PublicURL())})
}

// signIn lets an administrator in: a super admin, by email address and
// password, as on the sign-in page of applications.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) {
	if !c.form(w, r) {
		return
	}
	p := signInPage{Email: r.PostForm.Get("email"), Warning: page.PlainHTTP(r, c.config.PublicURL())}
	user, err := c.config.Verifier.Verify(r, "console", p.Email, r.PostForm.Get("password"))
	var refused *login.Refusal
	switch {
	case errors.As(err, &refused):
		if refused.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int((refused.RetryAfter+time.Second-1)/time.Second)))
		}
		p.Problem = refused.Message
		c.show(w, r, refused.Status, "sign-in", "Sign in", p)
	case err != nil:
		c.failed(w, r, err)
	case !mayLook(user):
		p.Problem = "Only super admins can open the console."
		c.show(w, r, http.StatusForbidden, "sign-in", "Sign in", p)
	default:
		err := errors.Join(c.config.Verifier.Remember(w, r, user), c.sessions.begin(w, r, user))
		if err != nil {
			c.failed(w, r, err)
			return
		}
		seeOther(w, root(r))
	}
}

// signOut takes the cookie away.
func (c *Console) signOut(w http.ResponseWriter, r *http.Request) {
	if !c.form(w, r) {
		return
	}
	if err := c.sessions.end(w, r); err != nil {
		c.failed(w, r, err)
		return
	}
	seeOther(w, root(r)+"/sign-in")
}

// form reads a form of the console's own pages, or refuses it.
func (c *Console) form(w http.ResponseWriter, r *http.Request) bool {
	if status, problem := page.ReadForm(r); status != 0 {
		c.refuse(w, r, status, problem, "")
		return false
	}
	err := c.forms.Check(r)
	switch {
	case errors.Is(err, page.ErrForeignForm):
		advice := page.PlainHTTP(r, c.config.PublicURL())
		if advice == "" {
			advice = "It has been open for too long, or your browser keeps no cookies. Open the page again."
		}
		c.refuse(w, r, http.StatusForbidden, "The form was not sent by a page of the console.", advice)
	case err != nil:
		c.failed(w, r, err)
	}
	return err == nil
}
