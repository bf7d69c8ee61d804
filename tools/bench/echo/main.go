// Command echo is the handler that the reference server's JWKS endpoint is
// measured against by "make bench": its response to every request has the
// headers and the body that it is given, from memory.
//
// It prints its URL, and ends when its standard input does. The response is a
// JSON object on standard input: {"header": {name: [value]}, "body": text}.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	if err := run(); err != nil {
		log.Fatalf("echo: %s", err)
	}
}

func run() error {
	var response struct {
		Header http.Header `json:"header"`
		Body   string      `json:"body"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&response); err != nil {
		return fmt.Errorf("read the response to give: %w", err)
	}
	body := []byte(response.Body)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		header := w.Header()
		for name, values := range response.Header {
			header[name] = values
		}
		_, _ = w.Write(body)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it cannot block
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return http.Serve(listener, handler) //nolint:gosec // only the benchmark uses it
}
