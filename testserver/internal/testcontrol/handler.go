package testcontrol

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

// Config is what the test-control API changes.
type Config struct {
	Clock   *clock.Settable
	Faults  *Faults
	Journal *Journal
	// Token opens the test-control API to clients that send it as a bearer
	// token. Empty: loopback peers only.
	Token string
	// Reset returns the server to its seed, with clock, faults and journal.
	Reset func(context.Context) error
	// Mint makes a token. An error that says what was wrong with the request
	// is a *problem.Error.
	Mint func(context.Context, MintRequest) (string, error)
	// Code returns an authorization code, with the errors of Mint.
	Code func(context.Context, CodeRequest) (string, error)
	// SetPublicURL changes the issuer and what pages and metadata name.
	SetPublicURL func(*url.URL)
}

// MintRequest says how a token should differ from a right one.
type MintRequest struct {
	// Claims are merged over a right token's; null removes one.
	Claims map[string]any `json:"claims"`
	// ExpiresIn is in seconds from now; negative makes an expired token. nil is
	// a right token's lifespan.
	ExpiresIn *int64 `json:"expiresIn"`
	// KeyID replaces the header's kid. nil is the signing key's.
	KeyID *string `json:"kid"`
	// Algorithm is the header's alg, default RS256.
	Algorithm string `json:"alg"`
	// Key is current, or unknown for a key that is in no JWKS.
	Key string `json:"key"`
}

// CodeRequest is an authorization request, and who signs in.
type CodeRequest struct {
	ClientID      string `json:"clientId"`
	LoginID       string `json:"loginId"`
	RedirectURI   string `json:"redirectUri"`
	CodeChallenge string `json:"codeChallenge"`
	Nonce         string `json:"nonce"`
	Scope         string `json:"scope"`
}

// Routes serves the test-control API, for a router that is mounted at Prefix,
// to clients that the guard lets in.
func (c Config) Routes(r chi.Router) {
	r.Use(guard(c.Token))
	r.Get("/clock", c.getClock)
	r.Put("/clock", c.setClock)
	r.Post("/clock/advance", c.advanceClock)
	r.Post("/faults", c.addFault)
	r.Delete("/faults", c.removeFaults)
	r.Get("/requests", c.getJournal)
	r.Delete("/requests", c.emptyJournal)
	r.Post("/reset", c.reset)
	r.Post("/tokens", c.mint)
	r.Post("/codes", c.code)
	r.Put("/config", c.setConfig)
}

type clockBody struct {
	Now *time.Time `json:"now"`
}

func (c Config) getClock(w http.ResponseWriter, _ *http.Request) {
	now := c.Clock.Now()
	writeJSON(w, clockBody{&now})
}

func (c Config) setClock(w http.ResponseWriter, r *http.Request) {
	var body clockBody
	if err := read(r, &body); err != nil {
		problem.Write(w, err)
		return
	}
	if body.Now == nil {
		problem.Write(w, problem.InvalidField("/now", "is missing"))
		return
	}
	if !inReach(*body.Now) {
		problem.Write(w, problem.InvalidField("/now", outOfReach))
		return
	}
	c.Clock.Set(*body.Now)
	c.getClock(w, r)
}

func (c Config) advanceClock(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Seconds *float64 `json:"seconds"`
	}
	if err := read(r, &body); err != nil {
		problem.Write(w, err)
		return
	}
	if body.Seconds == nil {
		problem.Write(w, problem.InvalidField("/seconds", "is missing"))
		return
	}
	d := time.Duration(*body.Seconds * float64(time.Second))
	far := *body.Seconds > farthest.Seconds() || *body.Seconds < -farthest.Seconds()
	if far || !inReach(c.Clock.Now().Add(d)) {
		problem.Write(w, problem.InvalidField("/seconds", outOfReach))
		return
	}
	c.Clock.Advance(d)
	c.getClock(w, r)
}

// What the clock may show: times that RFC 3339 can write and a duration can
// span.
const (
	farthest   = 200 * 365 * 24 * time.Hour
	outOfReach = "must result in a year from 1970 to 2200"
)

func inReach(t time.Time) bool { return t.Year() >= 1970 && t.Year() <= 2200 }

type faultBody struct {
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Times    int               `json:"times"`
	Status   int               `json:"status"`
	Headers  map[string]string `json:"headers"`
	Body     string            `json:"body"`
	DelayMs  int64             `json:"delayMs"`
	Drop     string            `json:"drop"`
	Truncate *int              `json:"truncate"`
}

func (b faultBody) fault() Fault {
	// Beyond the longest delay, the product could overflow.
	delay := time.Duration(min(b.DelayMs, longestDelay.Milliseconds()+1)) * time.Millisecond
	return Fault{
		Method: b.Method, Path: b.Path, Times: b.Times, Status: b.Status, Headers: b.Headers, Body: b.Body,
		Delay: delay, Drop: b.Drop, Truncate: b.Truncate,
	}
}

func (c Config) addFault(w http.ResponseWriter, r *http.Request) {
	var body faultBody
	if err := read(r, &body); err != nil {
		problem.Write(w, err)
		return
	}
	if _, err := c.Faults.Add(body.fault()); err != nil {
		problem.Write(w, asProblem(err))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c Config) removeFaults(w http.ResponseWriter, _ *http.Request) {
	c.Faults.Clear()
	w.WriteHeader(http.StatusNoContent)
}

func (c Config) getJournal(w http.ResponseWriter, _ *http.Request) {
	type item struct {
		Method    string    `json:"method"`
		Path      string    `json:"path"`
		Status    int       `json:"status"`
		RequestID string    `json:"requestId"`
		At        time.Time `json:"at"`
	}
	entries, total := c.Journal.Entries()
	items := make([]item, len(entries))
	for i, e := range entries {
		items[i] = item(e)
	}
	writeJSON(w, struct {
		Total int    `json:"total"`
		Items []item `json:"items"`
	}{total, items})
}

func (c Config) emptyJournal(w http.ResponseWriter, _ *http.Request) {
	c.Journal.Clear()
	w.WriteHeader(http.StatusNoContent)
}

func (c Config) reset(w http.ResponseWriter, r *http.Request) {
	if err := c.Reset(r.Context()); err != nil {
		problem.Write(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c Config) mint(w http.ResponseWriter, r *http.Request) {
	var body MintRequest
	if err := read(r, &body); err != nil {
		problem.Write(w, err)
		return
	}
	token, err := c.Mint(r.Context(), body)
	if err != nil {
		problem.Write(w, err)
		return
	}
	writeJSON(w, struct {
		Token string `json:"token"`
	}{token})
}

func (c Config) code(w http.ResponseWriter, r *http.Request) {
	var body CodeRequest
	if err := read(r, &body); err != nil {
		problem.Write(w, err)
		return
	}
	code, err := c.Code(r.Context(), body)
	if err != nil {
		problem.Write(w, err)
		return
	}
	writeJSON(w, struct {
		Code string `json:"code"`
	}{code})
}

func (c Config) setConfig(w http.ResponseWriter, r *http.Request) {
	var body struct {
		PublicURL string `json:"publicUrl"`
	}
	if err := read(r, &body); err != nil {
		problem.Write(w, err)
		return
	}
	u, err := ParsePublicURL(body.PublicURL)
	if err != nil {
		problem.Write(w, problem.InvalidField("/publicUrl", err.Error()))
		return
	}
	c.SetPublicURL(u)
	w.WriteHeader(http.StatusNoContent)
}

// writeJSON writes a JSON document of the test-control API, which no cache may
// keep.
func writeJSON(w http.ResponseWriter, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(err) // only strings, numbers and times in reach: cannot fail
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(encoded) // a caller that is gone is not the server's error
}
