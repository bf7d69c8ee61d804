package validation

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// host is the host of a URL, as a browser writes it.
type host struct {
	name string // in lower case; an IPv6 address in brackets
	port uint16 // 0: none
}

// parseHost judges the host of a URL by its characters: what is valid here can
// be part of a header (a Content-Security-Policy, say) without changing its
// meaning.
func parseHost(u *url.URL) (host, error) {
	var h host
	if port := u.Port(); port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return h, errors.New("must have a port between 1 and 65535")
		}
		h.port = uint16(n)
	}
	name := strings.TrimSuffix(u.Host, ":"+u.Port())
	if name == "" {
		return h, errors.New("must name a host")
	}
	var err error
	h.name, err = hostName(name, isWeb(u))
	return h, err
}

// Host judges host and port of a URL, as those of a redirect URL.
func Host(u *url.URL) error {
	_, err := parseHost(u)
	return err
}

var (
	label  = regexp.MustCompile(`^[a-z0-9_-]{1,63}$`)
	number = regexp.MustCompile(`^([0-9]+|0x[0-9a-f]*)$`)
)

// hostName judges a name or an address, and writes it as a browser does. web
// says that a name that ends in a number is an IPv4 address (WHATWG URL, host
// parsing).
func hostName(name string, web bool) (string, error) {
	if inner, found := strings.CutPrefix(name, "["); found {
		return ipv6(strings.TrimSuffix(inner, "]"))
	}
	name = strings.ToLower(name)
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	for _, l := range labels {
		if !label.MatchString(l) {
			return "", errors.New("must name a host of letters, digits, dots, - and _")
		}
	}
	if len(name) > 254 {
		return "", errors.New("must name a host of at most 253 characters")
	}
	if web && number.MatchString(labels[len(labels)-1]) {
		if a, err := netip.ParseAddr(name); err != nil || !a.Is4() {
			return "", errors.New("must name a host, or an IPv4 address of four decimal numbers")
		}
	}
	return name, nil
}

func ipv6(text string) (string, error) {
	a, err := netip.ParseAddr(text)
	if err != nil || !a.Is6() || a.Zone() != "" {
		return "", errors.New("must have an IPv6 address without a zone in the brackets")
	}
	if a.Is4In6() { // browsers write it in hexadecimal digits
		b := a.As16()
		return fmt.Sprintf("[::ffff:%x:%x]", uint(b[12])<<8|uint(b[13]), uint(b[14])<<8|uint(b[15])), nil
	}
	return "[" + a.String() + "]", nil
}

var defaultPorts = map[string]uint16{"http": 80, "https": 443}

// origin writes the host as an origin.
func (h host) origin(scheme string) string {
	out := scheme + "://" + h.name
	if h.port != 0 && h.port != defaultPorts[scheme] {
		out += ":" + strconv.Itoa(int(h.port))
	}
	return out
}

// bare is a host with a port or a path and without a scheme, which a URL parser
// takes for a scheme ("localhost:3000") or a path.
var bare = regexp.MustCompile(`^([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?(/[^?#]*)?([?#].*)?$`)

// withScheme refuses a text without a scheme: the error says what it must be
// and suggests the URL that was probably meant, without query and fragment. nil
// for other texts.
func withScheme(raw, must, example string) error {
	m := bare.FindStringSubmatch(raw)
	if m == nil || m[1] == "http" || m[1] == "https" {
		return nil
	}
	scheme, local := "https", isLoopback(strings.ToLower(m[1]))
	if local {
		scheme = "http"
	}
	meant := scheme + "://" + m[1] + m[2] + m[3]
	u, err := url.Parse(meant)
	if err == nil {
		_, err = parseHost(u)
	}
	isWord := m[2] == "" && !local && !strings.Contains(m[1], ".")
	if err != nil || isWord {
		return fmt.Errorf("must be %s, such as %s", must, example)
	}
	return fmt.Errorf("must be %s with its scheme: did you mean %s?", must, meant)
}

func isLoopback(name string) bool {
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || strings.HasPrefix(name, "127.") || name == "[::1]"
}
