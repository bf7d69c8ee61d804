package console

import (
	"net/http"
	"strings"
)

type tokenPage struct {
	Token      string
	Inspection *inspection
}

func (c *Console) showToken(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Has("token") {
		c.refuse(w, r, http.StatusBadRequest, "A token was sent in the URL of this page.",
			"URLs are stored in logs and histories. Treat that token as known to others, and paste tokens into the form.")
		return
	}
	c.show(w, r, http.StatusOK, "token", "Token", tokenPage{})
}

// inspectToken takes a token from the form's body: it is in no address and
// no log.
func (c *Console) inspectToken(w http.ResponseWriter, r *http.Request) {
	if !c.form(w, r) {
		return
	}
	token := strings.TrimSpace(r.PostForm.Get("token"))
	if scheme, rest, found := strings.Cut(token, " "); found && strings.EqualFold(scheme, "Bearer") {
		token = strings.TrimSpace(rest)
	}
	p := tokenPage{Token: token}
	if token == "" {
		c.show(w, r, http.StatusUnprocessableEntity, "token", "Token", p)
		return
	}
	var err error
	if p.Inspection, err = c.inspect(r.Context(), token); err != nil {
		c.failed(w, r, err)
		return
	}
	c.show(w, r, http.StatusOK, "token", "Token", p)
}
