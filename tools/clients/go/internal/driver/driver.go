// Package driver asks tools/clients to do what a client cannot: to sign in as a
// person does, and to rotate the signing key.
package driver

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
)

// SignIn makes an authorization request in a browser, and returns the code of
// the response, which has to have the state.
func SignIn(ctx context.Context, request, state string) (code string, err error) {
	sent, err := ask(ctx, http.MethodGet, "/sign-in?url="+url.QueryEscape(request))
	if err != nil {
		return "", err
	}
	response, err := url.Parse(sent)
	if err != nil || response.Query().Get("state") != state {
		return "", errors.New("the response has another state")
	}
	return response.Query().Get("code"), nil
}

// Rotate makes the next signing key the current one.
func Rotate(ctx context.Context) error {
	_, err := ask(ctx, http.MethodPost, "/rotate")
	return err
}

func ask(ctx context.Context, method, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, method, os.Getenv("DRIVER")+path, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		err = errors.New(string(body))
	}
	return string(body), err
}
