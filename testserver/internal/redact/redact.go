// Package redact keeps secrets out of what is written about requests: the
// access log and the journal.
package redact

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Mask replaces a value that has been left out.
const Mask = "***"

const (
	longestSegment = 64 // of an object's id (openapi.yaml, ObjectId)
	longestPath    = 1024
)

// harmless are the query parameters of the contract whose values are no
// secrets. All others are masked: what a caller puts into a query by mistake
// is likely to be one.
var harmless = []string{
	"applicationIds", "authenticatorType", "clientId", "client_id", "code_challenge_method", "cursor", "ids", "limit",
	"name", "projectId", "response_mode", "response_type", "suiteId", "userIds",
}

// longestMethod is BASELINE-CONTROL (RFC 3253), of those that are registered.
const longestMethod = 16

// Method returns a method fit to be written down: one that could be registered
// (capital letters and hyphens) as it is, another as the mask.
func Method(method string) string {
	if len(method) > longestMethod || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
		return Mask
	}
	return method
}

// words are the fixed segments of the server's paths.
var words = map[string]bool{
	"": true, // before the first slash, and after the last

	".well-known": true, "oauth-authorization-server": true, "openid-configuration": true, "jwks.json": true,
	"auth": true, "oauth": true, "token": true, "revoke": true, "introspect": true, "userinfo": true, "login": true, "logout": true,
	"api": true, "v1": true, "suites": true, "projects": true, "applications": true, "secret": true, "users": true,
	"application-users": true, "password": true, "me": true, "token-revocations": true, "idempotent-result": true,
	"signing-keys": true, "rotate": true,
	"console": true, "static": true, "events": true, "keys": true, "sign-in": true, "sign-out": true,
	"_test": true, "clock": true, "advance": true, "faults": true, "requests": true, "reset": true, "tokens": true,
	"config": true, "codes": true,
	"healthz": true, "readyz": true, "metrics": true,
}

// Path returns a path that is safe to log. A segment that is not a word of the
// server's own paths is masked, because it may be a secret. It is kept if the
// status says that the server has that object, so that it is an id.
func Path(path string, status int) string {
	if len(path) > longestPath {
		path = path[:longestPath] + "…"
	}
	found := status >= 200 && status < 300 || status == http.StatusNotModified
	segments := strings.Split(path, "/")
	for i, s := range segments {
		isID := found && len(s) <= longestSegment && !strings.Contains(s, "eyJ")
		if !words[s] && !isID {
			segments[i] = Mask
		}
	}
	return strings.Join(segments, "/")
}

// Query returns a raw query fit to be written down: the names that are known
// to be harmless keep their values, the others keep their names where those
// are words and lose their values.
func Query(raw string) string {
	if raw == "" {
		return ""
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return Mask
	}
	for name, all := range values {
		if slices.Contains(harmless, name) {
			continue
		}
		if !isWord(name) {
			delete(values, name)
			values.Add(Mask, Mask)
			continue
		}
		for i := range all {
			all[i] = Mask
		}
	}
	return strings.ReplaceAll(values.Encode(), url.QueryEscape(Mask), Mask)
}

// isWord tells the name of a parameter from a value that is in its place.
func isWord(name string) bool {
	if name == "" || len(name) > 30 {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' {
			return false
		}
	}
	return true
}
