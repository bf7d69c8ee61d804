package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	tfjson "github.com/hashicorp/terraform-json"
)

// verifiedToken is a token whose signature, issuer, audience and expiry were
// checked; header and claims are its JSON as ATM wrote it, indented.
type verifiedToken struct {
	header  string
	claims  string
	keyID   string
	jwksURL string
	expires time.Time
}

// issuedToken finds the access token of the data source atm_token in the
// state, and the id of the application that it was issued for.
func issuedToken(state *tfjson.State) (token, applicationID string, err error) {
	if state.Values == nil || state.Values.RootModule == nil {
		return "", "", errors.New("the state is empty")
	}
	for _, resource := range state.Values.RootModule.Resources {
		switch {
		case resource.Mode == tfjson.DataResourceMode && resource.Type == "atm_token":
			token, _ = resource.AttributeValues["access_token"].(string)
		case resource.Mode == tfjson.ManagedResourceMode && resource.Type == "atm_application":
			applicationID, _ = resource.AttributeValues["id"].(string)
		}
	}
	if token == "" {
		return "", "", errors.New("the state has no data source atm_token with an access token")
	}
	if applicationID == "" {
		return "", "", errors.New("the state has no atm_application with an id")
	}
	return token, applicationID, nil
}

// verifyToken checks an access token as a consumer of ATM would, with a JWT
// library and the JWKS of endpoint, independently of the provider's own check.
// Errors never contain the token.
func verifyToken(ctx context.Context, endpoint, token, audience string) (*verifiedToken, error) {
	out := &verifiedToken{jwksURL: strings.TrimSuffix(endpoint, "/") + "/auth/.well-known/jwks.json"}
	document, err := get(ctx, out.jwksURL)
	if err != nil {
		return nil, fmt.Errorf("get the signing keys: %w", err)
	}
	keys, err := keyfunc.NewJWKSetJSON(document)
	if err != nil {
		return nil, fmt.Errorf("read the signing keys of %s: %w", out.jwksURL, err)
	}
	parsed, err := jwt.Parse(token, keys.KeyfuncCtx(ctx),
		jwt.WithValidMethods([]string{"RS256"}),
		jwt.WithIssuer("atm"),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(5*time.Second),
	)
	if err != nil {
		return nil, fmt.Errorf("verify the token: %w", err)
	}
	expires, err := parsed.Claims.GetExpirationTime()
	if err != nil {
		return nil, fmt.Errorf("read the token's exp: %w", err)
	}
	out.expires = expires.Time
	out.keyID, _ = parsed.Header["kid"].(string)

	parts := strings.Split(token, ".")
	if out.header, err = indentPart(parts[0]); err != nil {
		return nil, fmt.Errorf("decode the token's header: %w", err)
	}
	if out.claims, err = indentPart(parts[1]); err != nil {
		return nil, fmt.Errorf("decode the token's claims: %w", err)
	}
	return out, nil
}

func indentPart(part string) (string, error) {
	decoded, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, decoded, "   ", "  "); err != nil {
		return "", err
	}
	return out.String(), nil
}

func get(ctx context.Context, url string) ([]byte, error) {
	const timeout, most = 30 * time.Second, 1 << 20
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
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
		return nil, fmt.Errorf("%s answered %s", url, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, most))
}
