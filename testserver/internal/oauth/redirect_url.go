package oauth

import (
	"regexp"
	"slices"
	"strconv"
)

// isRedirectURL reports whether a URL is one of an application's redirect URLs:
// equal, but for the port of a loopback address, which native applications get
// from the operating system (RFC 8252 §7.3).
func isRedirectURL(registered []string, sent string) bool {
	if slices.Contains(registered, sent) {
		return true
	}
	loopback, ok := withoutPort(sent)
	return ok && slices.ContainsFunc(registered, func(raw string) bool {
		known, ok := withoutPort(raw)
		return ok && known == loopback
	})
}

// onLoopback is a URL of a loopback address. The name localhost may be that of
// another interface (RFC 8252 §8.3).
var onLoopback = regexp.MustCompile(`^(http://(?:127\.0\.0\.1|\[::1\]))(?::([0-9]{1,5}))?([/?].*)?$`)

func withoutPort(raw string) (string, bool) {
	parts := onLoopback.FindStringSubmatch(raw)
	if parts == nil {
		return "", false
	}
	if port := parts[2]; port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", false
		}
	}
	return parts[1] + parts[3], true
}
