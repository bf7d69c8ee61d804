package console

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// shown is how many requests a page has at most.
const shown = 100

// filter is which requests somebody wants to see.
type filter struct {
	Refused       bool
	ApplicationID string
}

func filterOf(r *http.Request) filter {
	query := r.URL.Query()
	return filter{Refused: query.Get("show") == "refused", ApplicationID: query.Get("application")}
}

func (f filter) keep(e Entry) bool {
	return (!f.Refused || !e.OK()) && (f.ApplicationID == "" || f.ApplicationID == e.ApplicationID)
}

// requestsPage is the first page: the last token requests.
type requestsPage struct {
	Filter filter
	Rows   []row
	// After is where the stream goes on from.
	After            string
	Granted, Refused uint64
}

func (c *Console) requests(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/") {
		seeOther(w, root(r)) // the address that relative ones are made for
		return
	}
	f := filterOf(r)
	s := c.config.Feed.Newest(0, shown, f.keep)
	rows, err := c.rows(r.Context(), root(r), s.Entries)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.show(w, r, http.StatusOK, "requests", "Token requests", requestsPage{
		Filter: f, Rows: rows, After: mark(s.Epoch, s.Last), Granted: s.Granted, Refused: s.Refused,
	})
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
		c.refuse(w, r, http.StatusMethodNotAllowed, "This page is only to be read.", "")
		return
	}
	select {
	case c.streams <- struct{}{}:
		defer func() { <-c.streams }()
	default:
		w.Header().Set("Retry-After", "30")
		c.refuse(w, r, http.StatusServiceUnavailable, "Too many browsers watch already.", "")
		return
	}
	policy.Apply(w.Header())
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep the events back
	from := r.Header.Get("Last-Event-ID")
	if from == "" {
		from = r.URL.Query().Get("after")
	}
	s := &streaming{console: c, w: w, out: http.NewResponseController(w), filter: filterOf(r), root: strings.TrimPrefix(Path, "/")}
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
			if s.send(": still here\n\n") != nil {
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

// pass sends what is new, after a pause in which more may come.
func (s *streaming) pass(r *http.Request) error {
	select {
	case <-time.After(pause):
	case <-r.Context().Done():
		return r.Context().Err()
	case <-s.console.config.Closing:
		return http.ErrServerClosed
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
