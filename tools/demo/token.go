package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// issuedToken returns the access token of the data source atm_token, and the id
// of the application that it was issued for, of the output of "terraform show
// -json".
func issuedToken(document []byte) (token, application string, err error) {
	var state struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Type   string `json:"type"`
					Values struct {
						ID          string `json:"id"`
						AccessToken string `json:"access_token"`
					} `json:"values"`
				} `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal(document, &state); err != nil {
		return "", "", fmt.Errorf("read the state: %w", err)
	}
	for _, resource := range state.Values.RootModule.Resources {
		switch resource.Type {
		case "atm_token":
			token = resource.Values.AccessToken
		case "atm_application":
			application = resource.Values.ID
		}
	}
	if token == "" || application == "" {
		return "", "", errors.New("the state contains no atm_application or no token of it")
	}
	return token, application, nil
}

// verifyToken verifies an access token as a consumer of ATM does, with another
// library than the provider and the server, which use golang-jwt, and returns a
// report of it.
// Errors never contain the token.
func verifyToken(ctx context.Context, endpoint, token, audience string) (string, error) {
	url := endpoint + "/auth/.well-known/jwks.json"
	keys, err := fetchKeys(ctx, url)
	if err != nil {
		return "", fmt.Errorf("fetch the signing keys of %s: %w", url, err)
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return "", fmt.Errorf("parse the token: %w", err)
	}
	var claims jwt.Claims
	var payload json.RawMessage
	if err := parsed.Claims(keys, &claims, &payload); err != nil {
		return "", fmt.Errorf("verify the token's signature: %w", err)
	}
	if claims.Expiry == nil {
		return "", errors.New("the token has no exp")
	}
	if err := claims.Validate(jwt.Expected{Issuer: "atm", AnyAudience: jwt.Audience{audience}, Time: time.Now()}); err != nil {
		return "", fmt.Errorf("verify the token's claims: %w", err)
	}
	var report bytes.Buffer
	report.WriteString("   claims  ")
	if err := json.Indent(&report, payload, "   ", "  "); err != nil {
		return "", err
	}
	fmt.Fprintf(&report, "\n   RS256 signature by key %s of %s: valid\n", parsed.Headers[0].KeyID, url)
	fmt.Fprintf(&report, "   iss is atm, aud is the application's id, exp is in %s\n", time.Until(claims.Expiry.Time()).Round(time.Second))
	return report.String(), nil
}

func fetchKeys(ctx context.Context, url string) (*jose.JSONWebKeySet, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	var keys jose.JSONWebKeySet
	return &keys, json.NewDecoder(response.Body).Decode(&keys)
}
