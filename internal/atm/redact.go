package atm

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// redactor makes text from outside fit to print: it removes the client's
// secrets, in any encoding in which a server or a gateway echoes them, removes
// control characters and shortens the text. Every error and log entry of this
// package that quotes a response, or an error of Go's that quotes its input,
// goes through one.
type redactor struct {
	parent *redactor

	mu      sync.Mutex
	secrets []string
	pattern *regexp.Regexp // of secrets; nil: not compiled yet
}

const (
	redacted = "(sensitive)"
	// withheld replaces a text whose secrets cannot be searched for.
	withheld = "(text withheld: it may contain secrets)"
	// maxText is the length in characters of what is quoted from outside.
	maxText = 500
	// maxInput is the length in bytes of what is searched for secrets.
	maxInput = 16 << 10
	// minSecret is the length from which a value counts as a secret: a shorter
	// one occurs in ordinary text, and its absence would show it.
	minSecret = 6
)

// newRedactor knows the secrets of the configuration. What the client reads from
// files or receives from ATM is added by learn.
func newRedactor(c Config) *redactor {
	r := &redactor{}
	r.learn(c.AccessToken.value, c.ClientSecret.value)
	if c.Assertion != nil {
		r.learn(c.Assertion.Secrets()...)
	}
	for _, value := range c.Headers {
		r.learn(value)
		if _, credential, found := strings.Cut(value, " "); found {
			r.learn(credential) // of a scheme, as in "Basic …"
		}
	}
	if proxy, err := parseProxyURL(c.ProxyURL); err == nil && proxy.User != nil {
		password, _ := proxy.User.Password()
		r.learn(c.ProxyURL, password)
	}
	return r
}

// learn adds secrets for the life of the redactor. It is called for every
// request, and leaves the work to the first text that has to be cleaned.
func (r *redactor) learn(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range secrets {
		for _, part := range []string{secret, signature(secret)} {
			if len(part) >= minSecret && !slices.Contains(r.secrets, part) {
				r.secrets, r.pattern = append(r.secrets, part), nil
			}
		}
	}
}

// signature is the last part of a JWT, empty for other secrets: a text may contain
// it without the others, which it makes a credential.
func signature(secret string) string {
	parts := strings.Split(secret, ".")
	if len(parts) != 3 || !strings.HasPrefix(secret, "eyJ") {
		return ""
	}
	return parts[2]
}

// with returns a redactor that knows more secrets: those of one request.
func (r *redactor) with(secrets ...string) *redactor {
	child := &redactor{parent: r}
	child.learn(secrets...)
	return child
}

// clean returns text without secrets and control characters, in at most maxText
// characters.
func (r *redactor) clean(text string) string {
	cut := len(text) > maxInput
	if cut {
		text = text[:maxInput]
	}
	text = r.redact(printable(text))
	text = credentials.ReplaceAllString(text, redacted)
	if cut && utf8.RuneCountInString(text) <= maxText {
		return withheld // it could end in a part of a secret
	}
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText]) + "…"
	}
	return text
}

// error returns err with a clean text. The error itself stays in the chain.
func (r *redactor) error(err error) error {
	text := err.Error()
	if clean := r.clean(text); clean != text {
		return &cleanError{clean, err}
	}
	return err
}

type cleanError struct {
	text string
	err  error
}

func (e *cleanError) Error() string { return e.text }
func (e *cleanError) Unwrap() error { return e.err }

func (r *redactor) redact(text string) string {
	r.mu.Lock()
	if r.pattern == nil && len(r.secrets) > 0 {
		pattern, err := regexp.Compile(secretsPattern(r.secrets))
		if err != nil {
			r.mu.Unlock()
			return withheld
		}
		r.pattern = pattern
	}
	pattern := r.pattern
	r.mu.Unlock()

	if pattern != nil {
		text = pattern.ReplaceAllString(text, redacted)
	}
	if r.parent != nil {
		text = r.parent.redact(text)
	}
	return text
}

// credentials finds tokens and credentials that the client does not know: JWTs,
// complete or not, and what follows an authentication scheme. Without a dot it
// has to be longer than ATM's ids, of which some contain eyJ too.
var credentials = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]+){1,4}|eyJ[A-Za-z0-9_-]{30,}|\b(?i:bearer|basic)\s+[A-Za-z0-9._~+/-]{20,}=*`)

// escapeSequences are those of terminals (ECMA-48), with their text.
var escapeSequences = regexp.MustCompile(`(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]?|(?:\x1b[\]P^_X]|[\x{90}\x{98}\x{9d}-\x{9f}])[^\x07\x1b\x{9c}]*`)

// printable removes control and format characters, which could rewrite what a
// terminal shows, and writes white space as single spaces. It comes before the
// search for secrets, which could be interrupted by such characters.
func printable(text string) string {
	text = escapeSequences.ReplaceAllString(strings.ToValidUTF8(text, "\ufffd"), "")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// secretsPattern matches each secret as it is, in the encodings of URLs, JSON
// and HTML, and in the base64 of any text that contains it. The longest pattern
// comes first, because Go takes the first alternative that matches.
func secretsPattern(secrets []string) string {
	var patterns []string
	for _, secret := range secrets {
		visible := printable(secret)
		if len(visible) < minSecret {
			continue
		}
		patterns = append(patterns, textPattern(visible))
		for _, form := range []string{secret, url.QueryEscape(secret)} { // RFC 6749 §2.3.1 escapes before base64
			for offset := range 3 {
				for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
					patterns = append(patterns, textPattern(base64Core(encoding, form, offset)))
				}
			}
		}
	}
	if len(patterns) == 0 {
		return matchesNothing
	}
	slices.SortFunc(patterns, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return strings.Join(slices.Compact(patterns), "|")
}

// matchesNothing is a pattern that no text matches.
const matchesNothing = `[^\x00-\x{10FFFF}]`

// base64Core is the base64 of secret after offset other bytes, without the
// characters at both ends that also depend on the neighboring bytes.
func base64Core(encoding *base64.Encoding, secret string, offset int) string {
	encoded := encoding.EncodeToString(append(make([]byte, offset), secret...))
	begin, end := (offset*8+5)/6, (offset+len(secret))*8/6
	return encoded[begin:end]
}

// Of a long text that consists of token characters (RFC 6750 §2.1) only, a
// pattern contains the first anchor characters and then any token characters: a
// pattern of several thousand characters takes too long to search for.
const (
	longToken = 160
	anchor    = 40
)

var tokenText = regexp.MustCompile(`^[A-Za-z0-9._~+/=_-]*$`)

// textPattern matches text with each of its characters as it is or escaped. It
// ignores case, which a host name or a media type loses.
func textPattern(text string) string {
	rest := ""
	if len(text) >= longToken && tokenText.MatchString(text) {
		text, rest = text[:anchor], `(?:[A-Za-z0-9._~+/=_-]|\\+/|%(?:25)*(?:2[bdef]|3d|5f|7e))*`
	}
	var pattern strings.Builder
	pattern.WriteString("(?i:")
	for _, r := range text {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) || r == '_' {
			pattern.WriteRune(r) // no encoding changes these
			continue
		}
		pattern.WriteString("(?:" + strings.Join(characterForms(r), "|") + ")")
	}
	pattern.WriteString(rest + ")")
	return pattern.String()
}

// Characters with which an escape begins, which another encoding may have
// escaped in turn.
const (
	backslash = `(?:\\|%(?:25)*5c)`
	ampersand = `(?:&|%(?:25)*26)`
	semicolon = `(?:;|%(?:25)*3b)`
	number    = `(?:#|%(?:25)*23)`
)

// characterForms are the patterns of a character as it is, in a URL, in JSON and
// in HTML, and in JSON inside of another JSON text or of a URL.
func characterForms(r rune) []string {
	percent, unicodeEscape := "", ""
	for _, b := range []byte(string(r)) {
		percent += fmt.Sprintf(`%%(?:25)*%02x`, b)
	}
	for _, unit := range utf16.Encode([]rune{r}) {
		unicodeEscape += fmt.Sprintf(`%s+u%04x`, backslash, unit)
	}
	forms := []string{
		backslash + `*(?:` + regexp.QuoteMeta(string(r)) + `|` + percent + `)`,
		unicodeEscape,
		ampersand + number + fmt.Sprintf(`(?:0*%d|x0*%x)`, r, r) + semicolon,
	}
	if r == ' ' {
		forms = append(forms, `\+`, `%(?:25)*2b`) // forms, also escaped again
	}
	if name, ok := htmlNames[r]; ok {
		forms = append(forms, ampersand+name+semicolon)
	}
	return forms
}

var htmlNames = map[rune]string{'&': "amp", '<': "lt", '>': "gt", '"': "quot", '\'': "apos"}
