package page

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
)

// Render responds with a template. It is executed whole before anything is sent:
// an error leaves the response untouched.
func Render(w http.ResponseWriter, status int, policy Policy, t *template.Template, data any) error {
	var body bytes.Buffer
	if err := t.Execute(&body, data); err != nil {
		return fmt.Errorf("render %s: %w", t.Name(), err)
	}
	header := w.Header()
	policy.Apply(header)
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a browser that is gone is not the server's error
	return nil
}
