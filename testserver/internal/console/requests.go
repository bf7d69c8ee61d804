package console

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// shown is how many requests a page has at most.
const shown = 100

// filter is which requests the viewer wants to see.
type filter struct {
	Refused bool
	// Application is the one that they come from, or say they do; nil is all.
	Application *store.Application
}

func (f filter) keep(e Entry) bool {
	if f.Refused && e.OK() {
		return false
	}
	a := f.Application
	return a == nil || e.ApplicationID == a.ID || (e.ApplicationID == "" && e.ClientID == a.ClientID)
}

// Query is the filter as the query of a URL, with its question mark; refused
// takes the place of its own.
func (f filter) Query(refused bool) string {
	query := url.Values{}
	if refused {
		query.Set("show", "refused")
	}
	if f.Application != nil {
		query.Set("application", f.Application.ID)
	}
	if len(query) == 0 {
		return ""
	}
	return "?" + query.Encode()
}

// filterOf reads the filter of a request; store.ErrNotFound where there is no
// such application.
func (c *Console) filterOf(r *http.Request) (filter, error) {
	query := r.URL.Query()
	f := filter{Refused: query.Get("show") == "refused"}
	if id := query.Get("application"); id != "" {
		a, err := c.config.Store.Direct(r.Context()).Application(id)
		if err != nil {
			return f, fmt.Errorf("filter requests: %w", err)
		}
		f.Application = &a
	}
	return f, nil
}

// requestsPage is the first page: the last token requests.
type requestsPage struct {
	filter
	Rows []row
	// Events is the query of the stream, which goes on from here.
	Events                     string
	GrantedCount, RefusedCount uint64
}

func (c *Console) requests(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/") {
		seeOther(w, root(r)) // the address that relative ones are made for
		return
	}
	f, err := c.filterOf(r)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	s := c.config.Feed.Newest(0, shown, f.keep)
	rows, err := c.rows(r.Context(), root(r), s.Entries)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.show(w, r, http.StatusOK, "requests", "Token requests", requestsPage{
		filter: f, Rows: rows, Events: f.events(s), GrantedCount: s.Granted, RefusedCount: s.Refused,
	})
}

// events is the query of the stream that goes on from a snapshot.
func (f filter) events(s Snapshot) string {
	query := f.Query(f.Refused)
	if query == "" {
		return "?after=" + mark(s.Epoch, s.Last)
	}
	return query + "&after=" + mark(s.Epoch, s.Last)
}

// mark names a place in the feed, as the id of an event.
func mark(epoch string, last uint64) string { return epoch + "." + strconv.FormatUint(last, 10) }

// unmark reads a mark; what is none is before everything.
func unmark(text string) (epoch string, last uint64) {
	epoch, number := cutLast(text)
	last, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return "", 0
	}
	return epoch, last
}

const (
	// pause gathers what happens together, so that a busy server does not keep
	// a browser from drawing.
	pause = 200 * time.Millisecond
	// heartbeat tells proxies that the stream lives.
	heartbeat = 15 * time.Second
	// streamLifespan is how long a stream lasts until the browser has to ask
	// again, and prove itself.
	streamLifespan = 5 * time.Minute
)

// stream sends requests as they happen, as server-sent events (HTML standard,
// §9.2).
func (c *Console) stream(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		c.refuse(w, r, http.StatusMethodNotAllowed, "This page is read-only.", "")
		return
	}
	f, err := c.filterOf(r)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	select {
	case c.streams <- struct{}{}:
		defer func() { <-c.streams }()
	default:
		w.Header().Set("Retry-After", "30")
		c.refuse(w, r, http.StatusServiceUnavailable, "Too many browsers have this page open.", "")
		return
	}
	policy.Apply(w.Header())
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep the events back
	from := r.Header.Get("Last-Event-ID")
	if from == "" {
		from = r.URL.Query().Get("after")
	}
	s := &streaming{console: c, w: w, out: http.NewResponseController(w), filter: f, root: strings.TrimPrefix(Path, "/")}
	s.epoch, s.last = unmark(from)
	s.run(r)
	_ = s.out.SetWriteDeadline(time.Time{}) // the connection may be used again
}

// streaming is one browser that watches.
type streaming struct {
	console *Console
	w       http.ResponseWriter
	out     *http.ResponseController
	filter  filter
	root    string
	epoch   string
	last    uint64
}

func (s *streaming) run(r *http.Request) {
	end := time.NewTimer(streamLifespan)
	defer end.Stop()
	if s.send("retry: 1000\n: here\n\n") != nil {
		return
	}
	for {
		beat := time.NewTimer(heartbeat)
		select {
		case <-s.console.config.Feed.Changed(s.epoch, s.last):
			beat.Stop()
			if err := s.pass(r); err != nil {
				return // the browser is gone, or asks again
			}
		case <-beat.C:
			if !s.allowed(r) || s.send(": still here\n\n") != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.console.config.Closing:
			return
		case <-end.C:
			return
		}
	}
}

// errSignedOut ends the stream of a user who can no longer watch.
var errSignedOut = errors.New("signed out")

// allowed reports whether the browser may still watch: the session that opened
// the stream may have ended since.
func (s *streaming) allowed(r *http.Request) bool {
	if s.console.isLocal(r) {
		return true
	}
	user, err := s.console.sessions.user(r)
	return err == nil && user != nil
}

// pass sends what is new, after a pause in which more may come.
func (s *streaming) pass(r *http.Request) error {
	select {
	case <-time.After(pause):
	case <-r.Context().Done():
		return r.Context().Err()
	case <-s.console.config.Closing:
		return http.ErrServerClosed
	}
	if !s.allowed(r) {
		return errSignedOut
	}
	news := s.console.config.Feed.Newest(s.last, shown, s.filter.keep)
	if news.Epoch != s.epoch {
		// Another server, or one that forgot everything: the page is old.
		s.epoch, s.last = news.Epoch, news.Last
		return s.send("id: " + mark(news.Epoch, news.Last) + "\nevent: anew\ndata: \n\n")
	}
	rows, err := s.console.rows(r.Context(), s.root, news.Entries)
	if err != nil {
		return err
	}
	s.last = news.Last
	var b bytes.Buffer
	for i := len(rows) - 1; i >= 0; i-- {
		var html bytes.Buffer
		if err := templates["requests"].ExecuteTemplate(&html, "row", rows[i]); err != nil {
			return fmt.Errorf("render a request: %w", err)
		}
		fmt.Fprintf(&b, "event: request\ndata: %s\n\n", bytes.Join(bytes.Fields(html.Bytes()), []byte(" ")))
	}
	fmt.Fprintf(&b, "id: %s\nevent: counts\ndata: {\"granted\":%d,\"refused\":%d}\n\n", mark(s.epoch, s.last), news.Granted, news.Refused)
	return s.send(b.String())
}

func (s *streaming) send(text string) error {
	// Where the writer is one that cannot, there is no connection to wait for.
	_ = s.out.SetWriteDeadline(time.Now().Add(heartbeat))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.out.Flush()
}

func cutLast(s string) (before, after string) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", ""
	}
	return s[:i], s[i+1:]
}
