package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// echoes is a gateway in front of ATM. It keeps every secret that passes in
// either direction, and in place of ATM it can respond with what it was sent.
type echoes struct {
	url string

	mu      sync.Mutex
	secrets map[string]string // what it is, by the secret
	kinds   map[string]bool   // what there was
	respond func(w http.ResponseWriter, r *http.Request, body string) bool
	echoed  int
}

func newEchoes(t *testing.T, target string) *echoes {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	e := &echoes{secrets: map[string]string{}, kinds: map[string]bool{}}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = to.Host },
		ModifyResponse: func(r *http.Response) error {
			body, err := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			e.keep("response", body)
			return err
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		e.request(r, body)
		if !e.echo(w, r, string(body)) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	e.url = server.URL
	return e
}

func (e *echoes) request(r *http.Request, body []byte) {
	if _, credential, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		e.add(credential, "the credential of the management API")
	}
	e.add(r.Header.Get("Idempotency-Key"), "an idempotency key")
	e.add(r.Header.Get("X-Gateway-Key"), "a header of the provider block")
	e.keep("request", body)
	if form, err := url.ParseQuery(string(body)); err == nil && !json.Valid(body) {
		members := map[string]any{}
		for name := range form {
			members[name] = form.Get(name)
		}
		e.members("request", members)
	}
}

func (e *echoes) keep(where string, body []byte) {
	var members map[string]any
	if json.Unmarshal(body, &members) == nil {
		e.members(where, members)
	}
}

// secretMember are the members that hold secrets, in every spelling.
var secretMember = regexp.MustCompile(`^(client_?secret|client_?assertion|password|token|(access|refresh|id)_?token)$`)

func (e *echoes) members(where string, members map[string]any) {
	for name, value := range members {
		if text, ok := value.(string); ok && secretMember.MatchString(strings.ToLower(name)) {
			e.add(text, name+" of a "+where)
		}
	}
}

func (e *echoes) add(secret, what string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(secret) >= 8 {
		e.secrets[secret], e.kinds[what] = what, true
		// A message may also show only the last part of a JWT.
		if _, signature, ok := strings.Cut(secret, "."); ok && strings.Count(secret, ".") == 2 {
			e.secrets[signature[strings.Index(signature, ".")+1:]] = "a signature in " + what
		}
	}
}

func (e *echoes) echo(w http.ResponseWriter, r *http.Request, body string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.respond == nil {
		return false
	}
	headers, _ := httputil.DumpRequest(r, false)
	done := e.respond(w, r, string(headers)+body)
	if done {
		e.echoed++
	}
	return done
}

// set puts a way to respond in the place of ATM; nil takes it out. It returns
// how often the last one responded.
func (e *echoes) set(respond func(w http.ResponseWriter, r *http.Request, text string) bool) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := e.echoed
	e.respond, e.echoed = respond, 0
	return n
}

// The ways of a gateway or a server to repeat a request.
var echoing = map[string]func(w http.ResponseWriter, r *http.Request, text string) bool{
	"a problem": func(w http.ResponseWriter, r *http.Request, text string) bool {
		if r.Method == http.MethodGet || !strings.HasPrefix(r.URL.Path, "/api/") {
			return false
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		return write(w, map[string]any{
			"type": "urn:atm:problem:invalid-request", "title": text, "status": 422, "detail": text,
			"errors": []any{map[string]any{"pointer": "/name", "detail": text}, map[string]any{"pointer": text, "detail": text}},
		})
	},
	"an OAuth error": func(w http.ResponseWriter, r *http.Request, text string) bool {
		if !strings.HasPrefix(r.URL.Path, "/auth/") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		return write(w, map[string]any{"error": "invalid_request", "error_description": text})
	},
	"a gateway's page": func(w http.ResponseWriter, r *http.Request, text string) bool {
		if r.Method == http.MethodGet || !strings.HasPrefix(r.URL.Path, "/api/") {
			return false
		}
		w.Header().Set("Content-Type", "text/html; echo="+url.QueryEscape(text))
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<pre>"+text+base64.StdEncoding.EncodeToString([]byte(text))+"</pre>")
		return true
	},
}

func write(w io.Writer, value any) bool {
	_ = json.NewEncoder(w).Encode(value) // the client may be gone
	return true
}
