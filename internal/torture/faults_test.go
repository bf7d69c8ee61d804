package torture_test

import (
	"net"
	"net/http"
	"time"
)

// fault is what meets a request instead of the server's response.
type fault struct {
	name    string
	acts    bool // the server has acted
	refuses bool // there is no connection to begin with
	waits   bool // until the client gives up
	kills   bool // the process that waits for the response
	respond func(p *proxy, w http.ResponseWriter, r *http.Request, got *response)
}

const (
	html    = "<html><body>502 Bad Gateway</body></html>"
	foreign = `{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.5","title":"Not Found","status":404}`
)

var (
	reset = &fault{name: "reset-before", respond: drop}
	late  = &fault{name: "late", waits: true, respond: hang}

	faults = []*fault{
		{name: "refused", refuses: true},
		reset,
		{name: "reset-after", acts: true, respond: drop},
		status("401", 401, "application/json", `{"message":"Unauthorized"}`),
		status("408", 408, "text/html", html),
		status("429", 429, "", ""),
		status("429-retry-after", 429, "", "", "Retry-After", "1"),
		status("500", 500, "", ""),
		status("502-html", 502, "text/html", html),
		status("503", 503, "", ""),
		{name: "hang", waits: true, respond: hang},
		late,
		{name: "truncated", acts: true, respond: truncate},
		status("empty-200", 200, "", ""),
		status("204", 204, "", ""),
		status("html-200", 200, "text/html", html),
		status("foreign-json-200", 200, "application/json", `{"message":"maintenance"}`),
		status("foreign-404", 404, "application/problem+json", foreign),
		afterActed(status("408-after", 408, "text/html", html)),
		afterActed(status("500-after", 500, "", "")),
		afterActed(status("502-after", 502, "text/html", html)),
	}
	killBefore = &fault{name: "kill-before", kills: true, respond: drop}
	killAfter  = &fault{name: "kill-after", kills: true, acts: true, respond: drop}
	// Terraform survives, and keeps the state of an object without its private state.
	killProviderBefore = &fault{name: "kill-provider-before", kills: true, respond: drop}
	killProviderAfter  = &fault{name: "kill-provider-after", kills: true, acts: true, respond: drop}
)

// status is a response of something between provider and server.
func status(name string, code int, contentType, body string, headers ...string) *fault {
	return &fault{name: name, respond: func(_ *proxy, w http.ResponseWriter, _ *http.Request, _ *response) {
		w.Header()["Content-Type"] = nil
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		w.Write([]byte(body))
	}}
}

func afterActed(f *fault) *fault {
	f.acts = true
	return f
}

// drop resets the connection.
func drop(_ *proxy, w http.ResponseWriter, _ *http.Request, _ *response) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // close with a reset; a connection that is gone already is as good
	}
	connection.Close()
}

// hang waits until the client gives up.
func hang(p *proxy, w http.ResponseWriter, r *http.Request, got *response) {
	select {
	case <-r.Context().Done():
	case <-p.ended.Done():
	case <-time.After(time.Minute):
	}
	drop(p, w, r, got)
}

// truncate breaks off inside the body; of a response without one, inside the header.
func truncate(p *proxy, w http.ResponseWriter, r *http.Request, got *response) {
	if len(got.body) > 1 {
		got.write(w, len(got.body)/2)
		http.NewResponseController(w).Flush()
	}
	drop(p, w, r, got)
}
