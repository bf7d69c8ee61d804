package testserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/observe"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

// handler serves all requests of the server. From the outside in: a request
// gets its id, is logged, written down, meets its faults, and only then the
// components, whose responses are checked against the contract where that was
// asked for.
func (s *Server) handler() http.Handler {
	c, fallbacks := s.config, fallback{s.components.validator}
	r := chi.NewRouter()
	r.Use(
		s.guarded, s.deadlined,
		observe.Requests(c.logger, c.metrics),
		func(next http.Handler) http.Handler { return s.journal.Middleware(s.Clock, next) },
		func(next http.Handler) http.Handler { return s.faults.Middleware(s.closing, next) },
		s.inTime,
	)
	if c.report != nil {
		r.Use(func(next http.Handler) http.Handler { return s.components.validator.CheckResponses(next, c.report) })
	}
	r.Use(observe.Panics(c.logger, fallbacks.panicked))
	r.NotFound(fallbacks.notFound)
	r.MethodNotAllowed(fallbacks.methodNotAllowed)

	get(r, "/healthz", http.HandlerFunc(serveHealth))
	get(r, "/readyz", http.HandlerFunc(s.serveReadiness))
	if c.metrics != nil {
		get(r, "/metrics", c.metrics.Handler())
	}
	if c.controls {
		r.Route("/_test", s.controlConfig().Routes)
	}
	r.Group(func(quick chi.Router) {
		quick.Use(s.resetting.apart)
		quick.Handle("/api/v1/*", s.components.management)
		s.components.oauth.Mount(quick)
		s.mountPages(quick, r)
	})
	return observe.Begin(r)
}

func get(r chi.Router, path string, h http.Handler) {
	r.Method(http.MethodGet, path, h)
	r.Method(http.MethodHead, path, h)
}

// inTime cuts off bodies that do not arrive. It is inside the faults, whose
// delays are not the client's.
func (s *Server) inTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			// Where the writer is one that cannot, there is no connection: this
			// code runs outside of the middleware that collects whole
			// responses.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.config.bodyTimeout))
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) controlConfig() testcontrol.Config {
	return testcontrol.Config{
		Clock: s.Clock.settable, Faults: &s.faults, Journal: &s.journal, Token: s.config.controlsToken,
		Reset: s.Reset, Mint: s.mint, Code: s.issueCode, SetPublicURL: func(u *url.URL) { s.setPublicURL(u) },
	}
}

// adminToken asks the token endpoint for a token of the administrator, inside
// the server.
func (s *Server) adminToken(ctx context.Context) (string, error) {
	admin := s.admin.Load()
	if admin.ClientSecret == "" {
		return "", errors.New("testserver: the store contains only a hash of the administrator's secret; set the secret with WithAdmin")
	}
	form := url.Values{
		"grant_type": {"user_credentials"}, "client_id": {admin.ClientID},
		"client_secret": {admin.ClientSecret}, "login_id": {admin.LoginID},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+oauth.PathToken, bytes.NewBufferString(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	recorder := &inside{header: http.Header{}}
	s.resetting.apart(s.components.oauth.Token()).ServeHTTP(recorder, r)
	var body struct {
		AccessToken string `json:"access_token"`
		Error       string `json:"error"`
	}
	if err := json.Unmarshal(recorder.body.Bytes(), &body); err != nil {
		return "", fmt.Errorf("testserver: a token for the administrator: status %d", recorder.status)
	}
	if body.AccessToken == "" {
		return "", fmt.Errorf("testserver: a token for the administrator: %s", body.Error)
	}
	return body.AccessToken, nil
}

// inside takes a response that does not leave the process.
type inside struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (i *inside) Header() http.Header         { return i.header }
func (i *inside) WriteHeader(status int)      { i.status = status }
func (i *inside) Write(p []byte) (int, error) { return i.body.Write(p) }
