package testserver

import (
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/openapi"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

// fallback responds to what no other package serves (unknown paths and methods,
// panics) in the format of the area that the path is in.
type fallback struct{ validator *openapi.Validator }

func (f fallback) notFound(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, problem.UnknownPath())
}

func (f fallback) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	_, allowed := f.validator.Find(r)
	if len(allowed) == 0 {
		allowed = []string{http.MethodGet} // pages that are not in the contract
	}
	refuse(w, r, problem.MethodNotAllowed(allowed))
}

func (f fallback) panicked(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, problem.Internal(errors.New("panic")))
}

func refuse(w http.ResponseWriter, r *http.Request, p *problem.Error) {
	switch {
	case within(r.URL.Path, "/auth", "/oauth", "/.well-known"):
		refuseAsOAuth(w, p)
	case within(r.URL.Path, "/login", "/logout", "/console"):
		refuseAsPage(w, p)
	default:
		problem.Write(w, p)
	}
}

func within(path string, areas ...string) bool {
	for _, area := range areas {
		if path == area || strings.HasPrefix(path, area+"/") {
			return true
		}
	}
	return false
}

// refuseAsOAuth writes RFC 6749 §5.2's error.
func refuseAsOAuth(w http.ResponseWriter, p *problem.Error) {
	code := "invalid_request"
	if p.Status >= http.StatusInternalServerError {
		code = "server_error"
	}
	body, err := json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{code, p.Detail})
	if err != nil {
		panic(err) // only strings: cannot fail
	}
	writeRefusal(w, p, "application/json", body)
}

func refuseAsPage(w http.ResponseWriter, p *problem.Error) {
	title := html.EscapeString(p.Title)
	writeRefusal(w, p, "text/html; charset=utf-8",
		[]byte("<!doctype html><html lang=\"en\"><title>"+title+"</title><h1>"+title+"</h1><p>"+html.EscapeString(p.Detail)+"</p></html>\n"))
}

func writeRefusal(w http.ResponseWriter, p *problem.Error, contentType string, body []byte) {
	header := w.Header()
	for name, values := range p.Header {
		header[name] = values
	}
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}
