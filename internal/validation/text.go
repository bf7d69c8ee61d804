package validation

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// NFC is the form in which names and email addresses are stored and looked up,
// and passwords are hashed: Unicode normalization form C (UAX #15).
func NFC(text string) string { return norm.NFC.String(text) }

// Name judges the name of a suite, a project or an application: 1 to 100
// characters of a text without a slash.
func Name(name string) error {
	if err := text(name, MinName, MaxName); err != nil {
		return err
	}
	if strings.Contains(name, "/") {
		return errors.New("must not contain a slash")
	}
	return nil
}

// FirstName judges a user's first name: a text of 1 to 100 characters.
func FirstName(name string) error { return text(name, MinFirstName, MaxFirstName) }

// LastName judges a user's last name: a text of at most 100 characters, empty
// for none.
func LastName(name string) error { return text(name, 0, MaxLastName) }

// Email judges the form of an email address: a text of 3 to 254 characters
// without white space, one @ with something on both sides, and no compatibility
// characters (those that NFKC replaces, such as fullwidth letters), which look
// like others. It does not judge whether mail arrives there.
func Email(email string) error {
	if err := text(email, MinEmail, MaxEmail); err != nil {
		return err
	}
	local, domain, found := strings.Cut(email, "@")
	switch {
	case strings.ContainsFunc(email, unicode.IsSpace):
		return errors.New("must not contain white space")
	case !found || local == "" || domain == "" || strings.Contains(domain, "@"):
		return errors.New("must be an email address, such as jo@example.com")
	case norm.NFKC.String(email) != NFC(email):
		return errors.New("must not contain compatibility characters, such as fullwidth letters or ligatures")
	}
	return nil
}

// EmailKey is what makes two email addresses the same: canonical caseless
// matching (Unicode 3.13, D145). It is defined for any text, so that a look-up
// by an address that no user can have finds no user.
func EmailKey(email string) string {
	if isASCII(email) {
		return strings.ToLower(email)
	}
	return NFC(cases.Fold().String(norm.NFD.String(email)))
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// IsText reports whether a string is UTF-8 without NUL. PostgreSQL stores no
// other, so the server accepts no other in any place.
func IsText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// Password judges a password: 8 to 256 characters. There is no rule of
// composition.
func Password(password string) error {
	if !utf8.ValidString(password) {
		return errors.New("must be UTF-8")
	}
	return length(password, MinPassword, MaxPassword)
}

// text judges what people read: its length in NFC, no white space around it,
// and no characters that are invisible or mean something else on another
// system.
func text(text string, least, most int) error {
	if !utf8.ValidString(text) {
		return errors.New("must be UTF-8")
	}
	if err := length(text, least, most); err != nil {
		return err
	}
	if strings.TrimSpace(text) != text {
		return errors.New("must not begin or end with white space")
	}
	if strings.ContainsFunc(text, isForbidden) {
		return errors.New("must not contain control, format, surrogate or private-use characters")
	}
	return nil
}

func length(text string, least, most int) error {
	switch n := utf8.RuneCountInString(NFC(text)); {
	case n < least && n == 0:
		return errors.New("must not be empty")
	case n < least:
		return fmt.Errorf("must have at least %d characters", least)
	case n > most:
		return fmt.Errorf("must have at most %d characters", most)
	}
	return nil
}

// isForbidden reports whether a character is of the categories Cc, Cf, Cs and
// Co, or a line or paragraph separator. A surrogate arrives as the replacement
// character: no UTF-8 text has one.
func isForbidden(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Co, unicode.Zl, unicode.Zp)
}
