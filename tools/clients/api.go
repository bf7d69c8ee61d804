package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
)

// wrong are the access tokens that an api has to refuse: the members of
// MintRequest (testserver/openapi.yaml) that differ from a good one.
var wrong = map[string]mintRequest{
	"that is unsigned":           {Alg: "none"},
	"of another key":             {Key: "unknown"},
	"signed with the public key": {Alg: "HS256"},
	"that has expired":           {ExpiresIn: -3600},
	"of another issuer":          {Claims: map[string]string{"iss": "https://atm.example.com"}},
	"for another application":    {Claims: map[string]string{"aud": "another"}},
}

// runAPI runs an API that needs access tokens, and requests it with good and bad
// ones, before and after two rotations of the signing key. With t.Keys it gets
// the keys from Terraform, and is started anew with those of each rotation, but
// after that: tokens of a new key have to be good before.
func runAPI(ctx context.Context, t *trial) error {
	if !t.Keys {
		return t.serving(ctx, func() error { return t.rounds(ctx, 3) })
	}
	keys, err := t.newKeys(ctx)
	if err != nil {
		return err
	}
	for range 2 {
		if err := keys.write(ctx); err != nil {
			return err
		}
		if err := t.serving(ctx, func() error { return t.rounds(ctx, 2) }); err != nil {
			return err
		}
	}
	return nil
}

// rounds requests the API n times, with a rotation before each but the first.
func (t *trial) rounds(ctx context.Context, n int) error {
	for round := range n {
		if round > 0 {
			if err := t.server.rotate(ctx); err != nil {
				return err
			}
		}
		if err := t.ask(ctx); err != nil {
			return fmt.Errorf("after %d rotations: %w", round, err)
		}
	}
	return nil
}

// ask makes a request with a good token, without one, and with each wrong one.
func (t *trial) ask(ctx context.Context) error {
	api := t.server.applications["api"]
	good, err := t.server.accessToken(ctx, api)
	if err != nil {
		return err
	}
	if err := t.expect(ctx, http.StatusOK, "a good token", good); err != nil {
		return err
	}
	if err := t.expect(ctx, http.StatusUnauthorized, "no token", ""); err != nil {
		return err
	}
	for name, how := range wrong {
		claims := map[string]string{"aud": api.ID}
		maps.Copy(claims, how.Claims)
		how.Claims = claims
		bad, err := t.server.mint(ctx, how)
		if err != nil {
			return err
		}
		if err := t.expect(ctx, http.StatusUnauthorized, "a token "+name, bad); err != nil {
			return err
		}
	}
	if slices.Contains(t.Does, introspection) {
		return nil // which knows no minted tokens
	}
	right, err := t.server.mint(ctx, mintRequest{Claims: map[string]string{"aud": api.ID}})
	if err != nil {
		return err
	}
	return t.expect(ctx, http.StatusOK, "a minted token without a mistake", right)
}

// expect makes a request that has to get the status.
func (t *trial) expect(ctx context.Context, want int, what, token string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url("/"), nil)
	if err != nil {
		return err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != want {
		body, _ := io.ReadAll(response.Body) // only explains
		return fmt.Errorf("%s gets status %d, not %d\n%s", what, response.StatusCode, want, body)
	}
	return nil
}
