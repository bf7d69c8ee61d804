package torture_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy is the network between a provider and the reference server. It counts
// the requests of an operation and injects one fault.
type proxy struct {
	url    string
	server string
	client *http.Client
	ended  context.Context // the cell is over

	mu     sync.Mutex
	http   *http.Server
	calls  []string // of the operation, such as GET-suites-ID, and for the second one GET-suites-ID-2
	armed  *armed
	met    bool            // the fault met its request
	held   []*http.Request // requests of the fault "late"
	killed bool
}

// armed is a fault that waits for its request.
type armed struct {
	*fault
	at   int    // the number of the request that it meets: 1 is the first of the operation
	call string // or its name, where requests come in any order
	once bool
	kill func() // ends the operation, of a kill
}

// port is the last that a proxy listened on. The ports are below those that
// systems give to others, so that a proxy that refused connections for a while
// finds its port free.
var port atomic.Int32

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	p := &proxy{server: server, client: &http.Client{Transport: transport}, ended: t.Context()}
	for p.http == nil {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+port.Add(1)%12000)
		p.url = "http://" + address
		p.listen()
	}
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.armed = nil
		p.http.Close()
		transport.CloseIdleConnections()
	})
	return p
}

// listen accepts connections, unless the port is taken.
func (p *proxy) listen() {
	listener, err := net.Listen("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		return
	}
	p.http = &http.Server{Handler: p}
	go func(server *http.Server) { _ = server.Serve(listener) }(p.http) // ends with refuse or the cell
}

// refuse refuses connections from now on. The response under way is still
// written, and its connection closed.
func (p *proxy) refuse() {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	_ = p.http.Shutdown(now) // the error is that it did not wait for the response under way
}

// record begins an operation: its requests are counted from 1, and the fault,
// if any, meets the one at its number.
func (p *proxy) record(fault *armed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls, p.armed, p.met, p.killed = nil, fault, false, false
	p.refuseNext()
}

// refuseNext refuses connections if that is what the next request meets.
func (p *proxy) refuseNext() {
	if p.armed == nil || !p.armed.refuses || len(p.calls) != p.armed.at-1 {
		return
	}
	p.refuse()
	p.met = true
	if refused := p.armed; refused.once {
		time.AfterFunc(4*time.Millisecond, func() { p.lift(refused) })
	}
}

// lift ends the fault, unless another one is armed by now.
func (p *proxy) lift(fault *armed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.armed != fault {
		return
	}
	if p.armed.refuses && p.met {
		p.listen()
	}
	p.armed, p.killed = nil, false
}

// recorded returns the requests of the operation.
func (p *proxy) recorded() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.calls...)
}

// hasMet reports whether the fault of the operation met its request.
func (p *proxy) hasMet() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.met
}

// deliver hands over the requests that were held back.
func (p *proxy) deliver() {
	p.mu.Lock()
	held := p.held
	p.held = nil
	p.mu.Unlock()
	for _, r := range held {
		p.forward(r)
	}
}

// meets counts the request and returns the fault that it meets.
func (p *proxy) meets(r *http.Request) *armed {
	p.mu.Lock()
	defer p.mu.Unlock()
	call := callName(r)
	for n := 2; slices.Contains(p.calls, call); n++ {
		call = fmt.Sprint(callName(r), "-", n)
	}
	p.calls = append(p.calls, call)
	p.refuseNext()
	switch {
	case p.killed:
		return &armed{fault: reset}
	case p.armed == nil || p.armed.refuses:
		return nil
	case !p.met:
		p.met = call == p.armed.call || p.armed.call == "" && len(p.calls) == p.armed.at
		if !p.met {
			return nil
		}
	case p.armed.once:
		return nil
	}
	p.killed = p.armed.kill != nil
	return p.armed
}

// callName is the request without its ids: GET-suites-ID.
func callName(r *http.Request) string {
	parts := strings.Split(r.URL.Path, "/")
	for _, id := range []int{4, 6} { // of /api/v1/applications/ID/users/ID
		if len(parts) > id {
			parts[id] = "ID"
		}
	}
	return r.Method + strings.ReplaceAll(strings.TrimPrefix(strings.Join(parts, "/"), "/api/v1"), "/", "-")
}

// ServeHTTP implements http.Handler.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := p.meets(r)
	request, err := p.outgoing(r)
	if err != nil {
		reset.respond(p, w, r, nil)
		return
	}
	var got *response
	if fault == nil || fault.acts {
		if got = p.forward(request); got == nil {
			reset.respond(p, w, r, nil)
			return
		}
	}
	if fault == nil {
		got.write(w, len(got.body))
		return
	}
	if fault.fault == late {
		p.mu.Lock()
		p.held = append(p.held, request)
		p.mu.Unlock()
	}
	if fault.kill != nil {
		fault.kill()
	}
	fault.respond(p, w, r, got)
}

func (p *proxy) outgoing(r *http.Request) (*http.Request, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	out, err := http.NewRequestWithContext(p.ended, r.Method, p.server+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out.Header = r.Header.Clone()
	return out, nil
}

// response is what the server returned.
type response struct {
	*http.Response
	body []byte
}

// forward sends a request to the server; nil is no response.
func (p *proxy) forward(r *http.Request) *response {
	got, err := p.client.Do(r)
	if err != nil {
		return nil
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return nil
	}
	return &response{got, body}
}

// write writes the header and the first n bytes of the body.
func (r *response) write(w http.ResponseWriter, n int) {
	for name, values := range r.Header {
		w.Header()[name] = values
	}
	if r.StatusCode != http.StatusNoContent {
		w.Header().Set("Content-Length", fmt.Sprint(len(r.body)))
	}
	w.WriteHeader(r.StatusCode)
	w.Write(r.body[:n])
}
