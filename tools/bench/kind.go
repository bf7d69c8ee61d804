package main

import (
	"fmt"
	"slices"
	"strings"
)

// words are the parts of the contract's paths that are no ids.
var words = []string{
	"api", "v1", "suites", "projects", "applications", "users", "application-users", "secret", "password",
	"token-revocations", "signing-keys", "rotate", "idempotent-result",
}

// kind is a path with a * for each id.
func kind(path string) string {
	if !strings.HasPrefix(path, "/api/v1/") {
		return path
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i, part := range parts {
		if !slices.Contains(words, part) {
			parts[i] = "*"
		}
	}
	return "/" + strings.Join(parts, "/")
}

// String lists the requests, the most frequent first.
func (r requests) String() string {
	var kinds []string
	for name := range r {
		kinds = append(kinds, name)
	}
	slices.SortFunc(kinds, func(a, b string) int {
		if r[a] != r[b] {
			return r[b] - r[a]
		}
		return strings.Compare(a, b)
	})
	for i, name := range kinds {
		kinds[i] = fmt.Sprintf("%d × %s", r[name], name)
	}
	return strings.Join(kinds, ", ")
}
