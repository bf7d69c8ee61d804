package guides

import (
	"regexp"
	"strings"
)

var (
	escapes = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	frames  = regexp.MustCompile(`(?m)^[╷│╵] ?`)
	secrets = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+|\b[A-Za-z0-9]{32}\b`) // tokens and client secrets
)

// normal is a text without colors, frames and the places of its line breaks,
// which depend on the terminal.
func normal(text string) string {
	text = frames.ReplaceAllString(escapes.ReplaceAllString(text, ""), "")
	return strings.Join(strings.Fields(text), " ")
}

// prints reports whether a text is what a guide shows. A line "..." is any lines,
// and "…" is any text without a space.
func prints(printed, shown string) bool {
	var parts []string
	for _, part := range regexp.MustCompile(`(?m)^\s*\.\.\.\s*$`).Split(shown, -1) {
		quoted := regexp.QuoteMeta(normal(part))
		parts = append(parts, strings.ReplaceAll(quoted, "…", `\S*`))
	}
	pattern := strings.Join(parts, ".*")
	return regexp.MustCompile("^ ?" + pattern + " ?$").MatchString(normal(printed))
}

// masked is a text for the log of a test.
func masked(printed string) string {
	return secrets.ReplaceAllString(escapes.ReplaceAllString(printed, ""), "…")
}
