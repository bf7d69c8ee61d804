// Package validationtest is the corpus of good and bad values that the tests of
// both sides share: what the provider accepts at plan time, the server accepts,
// and the other way round.
package validationtest

import "strings"

// Case is a value and what becomes of it.
type Case struct {
	Value string
	// Stored is the form in which the server stores the value; empty for one
	// that is refused.
	Stored string
	// Says is part of the error's text; empty for a value that is accepted.
	Says string
}

// OK reports whether the value is accepted.
func (c Case) OK() bool { return c.Says == "" }

func good(values ...string) []Case {
	var out []Case
	for _, v := range values {
		out = append(out, Case{Value: v, Stored: v})
	}
	return out
}

func bad(says string, values ...string) []Case {
	var out []Case
	for _, v := range values {
		out = append(out, Case{Value: v, Says: says})
	}
	return out
}

func stored(value, as string) []Case { return []Case{{Value: value, Stored: as}} }

func all(groups ...[]Case) []Case {
	var out []Case
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

// RedirectURLs are stored as they are sent.
func RedirectURLs() []Case {
	return all(
		good(
			"https://app.example.com/callback?x=1", "http://localhost:3000/cb", "http://localhost:3000",
			"http://127.0.0.1/cb", "http://[::1]:3000/cb", "HTTPS://App.Example.com/", "https://app.example.com",
			"https://app.example.com:/cb", "https://app.example.com:65535/", "https://xn--exmple-cua.com/cb",
			"https://a_b.example.com/cb", "https://app.example.com./cb", "https://a.example.com/%C3%BC?a=b,c;d",
			"com.example.app:/callback", "myapp://callback", "myapp://callback/path", "myapp:///", "fb123://1234",
			"urn:ietf:wg:oauth:2.0:oob", "https://app.example.com/"+strings.Repeat("a", 2048-24),
		),
		bad("did you mean http://localhost:3000?", "localhost:3000", "localhost:3000?token=secret", "localhost:3000#x"),
		bad("did you mean http://localhost:3000/cb?", "localhost:3000/cb"),
		bad("did you mean http://localhost/cb?", "localhost/cb"),
		bad("did you mean http://127.0.0.1:8080/cb?", "127.0.0.1:8080/cb"),
		bad("did you mean http://[::1]:8080/cb?", "[::1]:8080/cb"),
		bad("did you mean https://app.example.com:8443/cb?", "app.example.com:8443/cb"),
		bad("did you mean https://app.example.com/callback?", "app.example.com/callback"),
		bad("must be an absolute URL", "", "/callback", "//app.example.com/cb", "callback", "https", "://x", "myapp:", "myapp://",
			"https://%zz/", "localhost:99999", "?x=1", "../cb"),
		bad("must", "https://[1.2.3.4]/cb", "https://a%41b.example.com/", "https://[]/"), // of these, the URL parser says it
		bad("must have a port between", "https://app.example.com:0/", "https://app.example.com:99999/",
			"https://app.example.com:65536/", "myapp://host:99999/"),
		bad("must name a host", "https:///callback", "https:callback", "https://:443/b", "https:443", "http:", "https://",
			"http://a;script-src", "http://a,b/cb", "http://a'b/cb", "http://a\"b/cb", "https://a..b/", "https://.a/",
			"https://"+strings.Repeat("a", 64)+".example.com/", "https://1.2.3/", "https://256.1.1.1/", "https://a.0x10/"),
		bad("IPv6", "https://[::1%25lo]/cb"),
		bad("fragment", "https://app.example.com/#frag", "https://app.example.com/#"),
		bad("user or password", "https://user:pass@app.example.com/", "https://user@app.example.com/"),
		bad("wildcard", "https://*.example.com/"),
		bad("printable ASCII", "https://app example.com/", "https://app.example.com/a b", " https://app.example.com/",
			"https://app.example.com/\n", "https://app.example.com/\\evil", "https://exämple.com/cb",
			"https://a.example.com/ü", "https://app.example.com/\x00", "https://app.example.com/\xff"),
		bad("browser runs", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
			"blob:https://app.example.com/x", "about:blank"),
		bad("at most 2048 characters", "https://app.example.com/"+strings.Repeat("a", 2048-23)),
	)
}

// Origins are stored as a browser sends them.
func Origins() []Case {
	return all(
		good("*", "https://app.example.com", "http://localhost", "http://localhost:443", "http://localhost:3000",
			"http://[::1]", "capacitor://localhost", "https://app.example.com:8443", "https://a_b.example.com",
			"https://app.example.com.", "http://127.0.0.1:8080"),
		stored("HTTPS://App.Example.com:443", "https://app.example.com"),
		stored("http://localhost:80", "http://localhost"),
		stored("http://[::1]:80", "http://[::1]"),
		stored("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
		stored("http://[::FFFF:1.2.3.4]", "http://[::ffff:102:304]"),
		stored("https://app.example.com:", "https://app.example.com"),
		stored("http://app.example.com:0080", "http://app.example.com"),
		stored("http://app.example.com:08080", "http://app.example.com:8080"),
		bad("did you mean http://localhost:3000?", "localhost:3000"),
		bad("did you mean https://app.example.com?", "app.example.com"),
		bad("must be an origin", "", "null", "https://", "https:", "https://app.example.com/", "https://app.example.com/path",
			"https://app.example.com?", "https://app.example.com?x", "https://app.example.com#", "https://u@app.example.com",
			"https://app.example.com:x", "//app.example.com", "*://app.example.com"),
		bad("must", "http://::1", "http://[1.2.3.4]"), // of these, the URL parser says it
		bad("wildcard", "https://*.example.com", "https://*"),
		bad("must name a host", "A://:::", "a://::", "https://:443", "http://a;script-src", "http://a,b", "http://a'b", "http://a..b",
			"http://1.2.3"),
		bad("IPv6", "http://[fe80::1%25en0]"),
		bad("must have a port between", "https://app.example.com:0", "https://app.example.com:99999"),
		bad("printable ASCII", "https://exämple.com", "https://app.example.com ", "https://a b", "https://app.example.com\\"),
		bad("no origin", "file://host", "data://x"),
		bad("at most 300 characters", "https://"+strings.Repeat("a.", 150)+"example.com"),
	)
}

// Names are those of suites, projects and applications, stored in NFC.
func Names() []Case {
	return all(
		good("Payments", "with space", strings.Repeat("ü", 100), "東京", "a&b", "100%", "'quoted'", "a\u00a0b", "❤️"),
		stored("Cafe\u0301", "Café"),
		stored("\u212b", "\u00c5"), // the ångström sign
		bad("must not be empty", ""),
		bad("at most 100 characters", strings.Repeat("ü", 101), strings.Repeat("\u0958", 51)), // two characters each in NFC
		bad("slash", "a/b"),
		bad("begin or end with white space", " a", "a ", "a\n", "\ta", "a\u00a0", "\u3000a", "a\u2028"),
		Invisible("name"),
	)
}

// Invisible are texts with characters that no name may contain.
func Invisible(text string) []Case {
	const says = "must not contain control, format, surrogate or private-use characters"
	var out []Case
	for _, r := range []string{
		"\x00", "\n", "\x1b", "\x7f", "\u0085", // control
		"\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\u00ad", "\U000e0041", // format
		"\ufffd",               // what is left of a surrogate
		"\ue000", "\U0010fffd", // private use
		"\u2028", "\u2029", // line and paragraph separator
	} {
		out = append(out, bad(says, text[:2]+r+text[2:])...)
	}
	return append(out, bad("UTF-8", text+"\xff")...)
}

// Emails are email addresses, stored in NFC.
func Emails() []Case {
	return all(
		good("admin@gmail.com", "a@b", "ünï@exämple.org", "Jo.O'Neil+x@Example.com", strings.Repeat("x", 249)+"@b.de", "Straße@example.de"),
		stored("u\u0308@example.com", "ü@example.com"),
		bad("at least 3 characters", "ab", "a@"),
		bad("must not be empty", ""),
		bad("at most 254 characters", strings.Repeat("x", 250)+"@b.de"),
		bad("must be an email address", "@bc", "ab@", "a@b@c", "abc"),
		bad("begin or end with white space", " a@b", "a@b ", "a@b\n"),
		bad("must not contain white space", "a b@c", "a\u00a0b@c", "a@b c"),
		bad("compatibility characters", "\uff41dmin@example.com", "ﬁ@example.com", "admin@example．com", "a②@example.com"),
		Invisible("jo@example.com"),
	)
}

// SameEmails are groups of addresses that are one user's.
func SameEmails() [][]string {
	return [][]string{
		{"Admin@Example.com", "admin@example.com", "ADMIN@EXAMPLE.COM"},
		{"ünï@example.org", "ÜNÏ@example.org", "u\u0308ni\u0308@example.org"},
		{"straße@example.de", "STRASSE@example.de", "strasse@example.de", "STRAẞE@example.de"},
		{"Σίσυφος@example.gr", "ΣΊΣΥΦΟΣ@example.gr", "σίσυφοσ@example.gr"},
		{"\u1f80@example.gr", "\u03b1\u0313\u0345@example.gr", "\u1f88@example.gr"},
	}
}
