package page

import (
	"errors"
	"mime"
	"net/http"
)

// maxForm bounds the body of a form, in bytes: a token and what is around it.
const maxForm = 64 << 10

const formType = "application/x-www-form-urlencoded"

// ReadForm parses the form in a request's body. Where it cannot be read, it
// returns the status to answer with and a sentence for the user; else status 0.
func ReadForm(w http.ResponseWriter, r *http.Request) (status int, problem string) {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != formType {
		return http.StatusUnsupportedMediaType, "The form was not sent as " + formType + "."
	}
	if r.ContentLength > maxForm {
		return http.StatusRequestEntityTooLarge, "The form is too large."
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, "The form is too large."
	case err != nil:
		return http.StatusBadRequest, "The form could not be read."
	}
	return 0, ""
}
