package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
)

// backend is a server for Terraform's "http" backend that has one state in
// memory. With a state in a file, Terraform writes all of it after every object:
// at thousands of objects that takes many minutes and says nothing about the
// provider.
type backend struct {
	listener net.Listener

	mu    sync.Mutex
	state []byte
}

func startBackend() (*backend, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it cannot block
	if err != nil {
		return nil, err
	}
	b := &backend{listener: listener}
	go func() { _ = http.Serve(listener, b) }() //nolint:gosec // it ends with close; only the benchmark uses it
	return b, nil
}

func (b *backend) close() { _ = b.listener.Close() }

// configuration is the block that names the backend.
func (b *backend) configuration() string {
	return fmt.Sprintf("\nterraform {\n  backend \"http\" {\n    address = \"http://%s/\"\n  }\n}\n", b.listener.Addr())
}

// ServeHTTP implements http.Handler.
func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch r.Method {
	case http.MethodGet:
		if len(b.state) == 0 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write(b.state)
	case http.MethodPost:
		state, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		b.state = state
	case http.MethodDelete:
		b.state = nil
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}
