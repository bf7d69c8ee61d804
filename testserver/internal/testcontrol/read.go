package testcontrol

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/body"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

// read decodes a JSON body into a struct. Unknown members are refused with
// their pointer, and so is another content type: a web page can send those
// without asking first (CORS' simple requests).
func read(r *http.Request, into any) error {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		return problem.UnsupportedMediaType(r.Method, []string{"application/json"})
	}
	raw, err := body.Read(r, body.Limit)
	if err != nil {
		return err
	}
	err = strictjson.UnmarshalKnown(raw, into)
	var where *strictjson.Error
	switch errors.As(err, &where); {
	case err == nil:
		return nil
	case errors.Is(err, strictjson.ErrUnknownName):
		return problem.InvalidField(pointer(where.Pointer), "is not a known field")
	case errors.Is(err, strictjson.ErrType):
		return problem.InvalidField(pointer(where.Pointer), "is of the wrong type")
	default:
		return problem.InvalidRequest("The body is not a JSON object with each member once.")
	}
}

// longestPointer bounds, in bytes, what a response repeats of a member's name.
const longestPointer = 200

// pointer names the whole body by a word, where RFC 6901 has the empty string.
func pointer(p string) string {
	switch {
	case p == "":
		return "body"
	case len(p) > longestPointer:
		return strings.ToValidUTF8(p[:longestPointer], "") + "…"
	}
	return p
}

// asProblem names the field of a fault by its pointer.
func asProblem(err error) error {
	var invalid *InvalidFaultError
	if errors.As(err, &invalid) {
		return problem.InvalidField("/"+invalid.Field, invalid.Problem)
	}
	return err
}

// ParsePublicURL reads the URL under which a server is reached: http or https,
// a host, at most a path, nothing else. Its errors complete a sentence that
// begins with the setting's name.
func ParsePublicURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, errors.New("must be a URL such as https://atm.example.com")
	case u.User != nil, u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return nil, errors.New("must have neither user, query nor fragment")
	}
	return u, validation.Host(u)
}
