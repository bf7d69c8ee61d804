package atm_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Secrets of the client, and of single requests.
const (
	canaryToken    = "canary-access-token-0123456789"
	canarySecret   = "canary-client-secret/+\"0123456789"
	canaryHeader   = "canary-gateway-key-0123456789"
	canarySupplied = "canary-supplied-secret-&0123456789"
	canaryPassword = "canary-password-0123456789"
	canaryRefresh  = "canary-refresh-token-0123456789"
	canaryKey      = "canary-idempotency-key-0123456789"
)

var canaries = []string{canaryToken, canarySecret, canaryHeader, canarySupplied, canaryPassword, canaryRefresh, canaryKey}

// echo shows a request as a debug proxy does: as it is, and in what encodings
// JSON and URLs bring with them.
func echo(r *http.Request, body string) string {
	dump, _ := httputil.DumpRequest(r, false)
	return "\x1b[31mrequest:\x1b[0m " + string(dump) + body + " " + url.QueryEscape(body) + " " + base64.StdEncoding.EncodeToString([]byte(body))
}

func marshal(value any) string {
	encoded, _ := json.Marshal(value)
	return string(encoded)
}

// A server that repeats the request puts no secret and no control character
// into an error or a log, with any response.
func TestEchoes_AreCleaned(t *testing.T) {
	t.Parallel()
	responses := map[string]func(w http.ResponseWriter, text string){
		"problem": func(w http.ResponseWriter, text string) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(422)
			_, _ = io.WriteString(w, marshal(map[string]any{
				"type": text, "title": text, "status": 422, "detail": text, "errors": []any{map[string]any{"pointer": text, "detail": text}},
				"requiredRole": text, "callerRole": text, "existing": map[string]any{"id": text, "createdAt": "2026-01-02T03:04:05Z"},
			}))
		},
		"OAuth error": func(w http.ResponseWriter, text string) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(400)
			_, _ = io.WriteString(w, marshal(map[string]any{"error": text, "error_description": text}))
		},
		"redirect": func(w http.ResponseWriter, text string) {
			w.Header().Set("Location", "https://elsewhere.example.com/"+url.PathEscape(text))
			w.WriteHeader(302)
		},
		"content type": func(w http.ResponseWriter, text string) {
			w.Header().Set("Content-Type", "text/"+url.QueryEscape(text))
			_, _ = io.WriteString(w, text)
		},
		"wrong type": func(w http.ResponseWriter, text string) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, marshal(map[string]any{"id": text, "createdAt": text, "access_token": 1, text: 1}))
		},
		"broken HTTP": func(w http.ResponseWriter, text string) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, strings.ReplaceAll(strings.ReplaceAll(text, "\r", " "), "\n", " ")+"\r\n\r\n")
				_ = conn.Close()
			}
		},
		"request id": func(w http.ResponseWriter, text string) {
			w.Header().Set("X-Request-Id", url.QueryEscape(text))
			w.WriteHeader(400)
		},
	}
	suppliedSecret := canarySupplied
	operations := map[string]func(ctx context.Context, c *atm.Client) error{
		"read": func(ctx context.Context, c *atm.Client) error {
			_, err := c.Suite(ctx, "s1")
			return err
		},
		"create": func(ctx context.Context, c *atm.Client) error {
			_, err := c.CreateApplication(ctx, canaryKey, atm.ApplicationCreate{Name: "worker", ClientSecret: &suppliedSecret})
			return err
		},
		"rotate": func(ctx context.Context, c *atm.Client) error {
			_, err := c.RotateSecret(ctx, "a1", `"e1"`, canaryKey, atm.SecretRotation{ClientSecret: &suppliedSecret})
			return err
		},
		"password": func(ctx context.Context, c *atm.Client) error {
			return c.SetPassword(ctx, "u1", canaryKey, canaryPassword)
		},
		"token": func(ctx context.Context, c *atm.Client) error {
			_, err := c.IssueToken(ctx, atm.TokenRequest{Grant: atm.GrantClientCredentials, ClientID: "c", ClientSecret: canarySupplied})
			return err
		},
		"refresh": func(ctx context.Context, c *atm.Client) error {
			_, err := c.RefreshTokens(ctx, "c", &atm.Tokens{RefreshToken: canaryRefresh, IDToken: canaryToken})
			return err
		},
		"revoke": func(ctx context.Context, c *atm.Client) error {
			return c.RevokeToken(ctx, atm.Revocation{ClientID: "c", ClientSecret: canarySupplied, Token: canaryRefresh})
		},
	}
	for response, respond := range responses {
		f := newFake(t, func(http.ResponseWriter, *http.Request) {})
		f.handlers = []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			f.mu.Lock()
			body := f.bodies[len(f.bodies)-1]
			f.mu.Unlock()
			respond(w, echo(r, body))
		}}
		for _, credential := range []string{"token", "sign-in"} {
			for operation, run := range operations {
				t.Run(fmt.Sprint(response, "/", credential, "/", operation), func(t *testing.T) {
					client := f.client(t, func(c *atm.Config) {
						c.MaxRetries, c.Headers = 0, map[string]string{"X-Gateway-Key": canaryHeader}
						if c.AccessToken = atm.SecretValue(canaryToken); credential == "sign-in" {
							c.AccessToken, c.ClientID, c.ClientSecret, c.LoginID = atm.Secret{}, "c", atm.SecretValue(canarySecret), "ada@example.com"
						}
					})
					var logs bytes.Buffer
					ctx, cancel := context.WithTimeout(tflogtest.RootLogger(t.Context(), &logs), 200*time.Millisecond)
					defer cancel()
					err := run(ctx, client)
					if err == nil {
						if operation != "revoke" { // a 200 is a success of it, with any body
							t.Error("no error")
						}
						return
					}
					fit(t, "error", err.Error())
					fit(t, "log", strings.ReplaceAll(logs.String(), "\n", " "))
				})
			}
		}
	}
}

// fit reports what may not be printed.
func fit(t *testing.T, what, text string) {
	t.Helper()
	for _, canary := range canaries {
		for _, form := range []string{canary, url.QueryEscape(canary), strings.Trim(marshal(canary), `"`), canary[:14], "0123456789"} {
			if strings.Contains(text, form) {
				t.Fatalf("the %s contains %q: %s", what, form, text)
			}
		}
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		t.Errorf("the %s contains a control character: %q", what, text)
	}
	if len(text) > 20_000 {
		t.Errorf("the %s has %d bytes", what, len(text))
	}
}
