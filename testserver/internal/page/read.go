package page

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/body"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

const formType = "application/x-www-form-urlencoded"

// ReadForm parses the form in a request's body. Where it cannot be read, it
// returns the status to respond with and a sentence for the user; else status 0.
func ReadForm(r *http.Request) (status int, reason string) {
	// Its parameters mean nothing (WHATWG URL standard, §5).
	mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(mediaType), formType) {
		return http.StatusUnsupportedMediaType, "The form was not sent as " + formType + "."
	}
	data, err := body.Read(r, body.FormLimit)
	if err == nil {
		r.PostForm, err = url.ParseQuery(string(data))
	}
	switch {
	case err == nil:
		return 0, ""
	case problem.From(err).Status == http.StatusRequestEntityTooLarge:
		return http.StatusRequestEntityTooLarge, "The form is too large."
	}
	return http.StatusBadRequest, "The form could not be read."
}
