package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// runScript runs a client that does everything itself, with two exceptions: it
// gives the URL of an authorization request to "GET $DRIVER/sign-in?url=…",
// which returns the URL of the authorization response, and rotates the signing
// key by "POST $DRIVER/rotate".
func runScript(ctx context.Context, t *trial) (err error) {
	if t.port, err = freePort(ctx); err != nil {
		return err
	}
	driver := httptest.NewServer(t.driver())
	defer driver.Close()
	printed, err := t.command(ctx, "DRIVER="+driver.URL).CombinedOutput()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, sandbox.Tail(printed))
	}
	return nil
}

func (t *trial) driver() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) {
		response, err := t.signIn(r.Context(), r.FormValue("url"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		fmt.Fprint(w, response)
	})
	mux.HandleFunc("POST /rotate", func(w http.ResponseWriter, r *http.Request) {
		if err := t.server.rotate(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	})
	return mux
}

// signIn makes an authorization request in a new browser, and returns the URL
// of the response.
func (t *trial) signIn(ctx context.Context, address string) (string, error) {
	request, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	b, err := newBrowser(t.server.http)
	if err != nil {
		return "", err
	}
	b.stop = request.Query().Get("redirect_uri")
	p, err := b.open(ctx, address)
	if err != nil {
		return "", err
	}
	if p.status != http.StatusSeeOther && p.status != http.StatusFound {
		return "", fmt.Errorf("the sign-in ends with status %d at %s\n%s", p.status, p.url, p.text())
	}
	return p.url, nil
}
