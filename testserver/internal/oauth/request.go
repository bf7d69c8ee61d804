package oauth

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/body"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

// parameter is one that the endpoints know, in any spelling.
type parameter int

const (
	paramGrantType parameter = iota
	paramClientID
	paramClientSecret
	paramLoginID
	paramCode
	paramRedirectURI
	paramCodeVerifier
	paramRefreshToken
	paramIDToken
	paramToken
	paramTokenTypeHint
	paramClientAssertion
	paramClientAssertionType
	parameterCount
)

// parameterNames are RFC 6749's names (ATM's where it has none), for messages.
var parameterNames = [parameterCount]string{
	"grant_type", "client_id", "client_secret", "login_id", "code", "redirect_uri", "code_verifier",
	"refresh_token", "id_token", "token", "token_type_hint",
	"client_assertion", "client_assertion_type",
}

// spellings are all names under which a parameter is read: ATM's pages are not
// of one mind (product: token endpoint), and ordinary clients use RFC 6749's.
var spellings = map[string]parameter{
	"grant_type": paramGrantType, "grant_types": paramGrantType, "grantType": paramGrantType, "grantTypes": paramGrantType,
	"client_id": paramClientID, "clientId": paramClientID,
	"client_secret": paramClientSecret, "clientSecret": paramClientSecret,
	"login_id": paramLoginID, "loginId": paramLoginID,
	"code":         paramCode,
	"redirect_uri": paramRedirectURI, "redirectUri": paramRedirectURI,
	"code_verifier": paramCodeVerifier, "codeVerifier": paramCodeVerifier,
	"refresh_token": paramRefreshToken, "refreshToken": paramRefreshToken,
	"id_token": paramIDToken, "idToken": paramIDToken,
	"token":           paramToken,
	"token_type_hint": paramTokenTypeHint, "tokenTypeHint": paramTokenTypeHint,
	"client_assertion": paramClientAssertion, "clientAssertion": paramClientAssertion,
	"client_assertion_type": paramClientAssertionType, "clientAssertionType": paramClientAssertionType,
}

// request is what a token, revocation or introspection request says.
type request struct {
	values [parameterCount]string
	// rawSecret is the secret of HTTP Basic as it was sent, where decoding it
	// changed it. curl, Requests and Authlib send secrets as they are.
	rawSecret string
	// basic reports whether HTTP Basic named the application.
	basic bool
}

func (r *request) get(p parameter) string { return r.values[p] }

// set takes one spelling's value. A parameter without a value counts as left
// out (RFC 6749 §3.2); two spellings must agree.
func (r *request) set(p parameter, value string) *Error {
	switch {
	case value == "":
	case !validation.IsText(value):
		return invalidRequest(ReasonMalformed, parameterNames[p]+" is not UTF-8 text.")
	case r.values[p] == "":
		r.values[p] = value
	case r.values[p] != value:
		return invalidRequest(ReasonMalformed, fmt.Sprintf("%s is given in two spellings with different values.", parameterNames[p]))
	}
	return nil
}

// parseRequest reads a request's body (JSON or form) and its HTTP Basic
// credentials (RFC 6749 §2.3.1).
func parseRequest(r *http.Request) (*request, *Error) {
	if err := refuseQuery(r.URL.RawQuery); err != nil {
		return nil, err
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, invalidRequest(ReasonMalformed, "The body must not be compressed.")
	}
	isJSON, err := bodyIsJSON(r.Header.Values("Content-Type"))
	if err != nil {
		return nil, err
	}
	data, err := readBody(r)
	if err != nil {
		return nil, err
	}
	parsed := &request{}
	if isJSON {
		err = parsed.readJSON(data)
	} else {
		err = parsed.readForm(string(data))
	}
	if err != nil {
		return nil, err
	}
	if err := parsed.readBasic(r.Header.Values("Authorization")); err != nil {
		return nil, err
	}
	return parsed, parsed.checkMethods()
}

// refuseQuery turns down what belongs into the body: URLs end up in logs and
// histories (RFC 6749 §2.3.1).
func refuseQuery(raw string) *Error {
	if raw == "" {
		return nil
	}
	query, err := url.ParseQuery(raw)
	if err != nil {
		return invalidRequest(ReasonMalformed, "The query string is malformed; parameters have to be in the body.")
	}
	for name := range query {
		if p, known := spellings[name]; known {
			return invalidRequest(ReasonMalformed, fmt.Sprintf("%s has to be in the body, not in the query string.", parameterNames[p]))
		}
	}
	return nil
}

const formType = "application/x-www-form-urlencoded"

// bodyIsJSON tells JSON from a form. A form's charset is ignored: the media
// type has no such parameter (WHATWG URL standard, §5), but clients send one.
func bodyIsJSON(contentTypes []string) (bool, *Error) {
	refusal := invalidRequest(ReasonMalformed, "Content-Type must be "+formType+", or application/json in UTF-8.")
	if len(contentTypes) != 1 {
		return false, refusal
	}
	mediaType, _, _ := strings.Cut(contentTypes[0], ";")
	switch strings.ToLower(strings.TrimSpace(mediaType)) {
	case formType:
		return false, nil
	case "application/json":
		if isUTF8(contentTypes[0]) {
			return true, nil
		}
	}
	return false, refusal
}

// isUTF8 reports whether a content type's charset is UTF-8, a part of it, or
// not named.
func isUTF8(contentType string) bool {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) { // "charset=" is one
		return false
	}
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8", "us-ascii":
		return true
	}
	return false
}

func readBody(r *http.Request) ([]byte, *Error) {
	data, err := body.Read(r, body.FormLimit)
	switch {
	case err == nil:
		return data, nil
	case problem.From(err).Status == http.StatusRequestEntityTooLarge:
		refusal := invalidRequest(ReasonMalformed, "The body is larger than 64 KiB.")
		refusal.Status = http.StatusRequestEntityTooLarge
		return nil, refusal
	}
	return nil, invalidRequest(ReasonMalformed, "The body ended before it was complete.")
}

var byteOrderMark = []byte("\ufeff")

// readJSON reads an object whose known members are strings. Members that are
// not known may have any value (RFC 6749 §3.2); none may be repeated. A byte
// order mark is ignored, as RFC 8259 §8.1 allows.
func (r *request) readJSON(data []byte) *Error {
	broken := invalidRequest(ReasonMalformed, "The body is not a JSON object with each member once.")
	data = bytes.TrimPrefix(data, byteOrderMark)
	var members map[string]any
	if err := strictjson.Unmarshal(data, &members); err != nil || members == nil {
		return broken
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		p, known := spellings[name]
		if !known {
			continue
		}
		switch value := members[name].(type) {
		case string:
			if err := r.set(p, value); err != nil {
				return err
			}
		case nil: // the same as left out
		default:
			return invalidRequest(ReasonMalformed, parameterNames[p]+" must be a string.")
		}
	}
	return nil
}

// readForm reads a form. Parameters that are not known are ignored, repeated or
// not (RFC 6749 §3.2): `resource` may be (RFC 8707 §2).
func (r *request) readForm(data string) *Error {
	form, err := url.ParseQuery(data)
	if err != nil {
		return invalidRequest(ReasonMalformed, "The body is not form-urlencoded.")
	}
	for name, values := range form {
		p, known := spellings[name]
		if !known {
			continue
		}
		if len(values) > 1 {
			return invalidRequest(ReasonMalformed, parameterNames[p]+" is repeated (RFC 6749, section 3.2).")
		}
		if err := r.set(p, values[0]); err != nil {
			return err
		}
	}
	return nil
}

// readBasic reads HTTP Basic credentials, each part form-urlencoded (RFC 6749
// §2.3.1). The secret is also kept as it was sent: many clients do not encode it.
func (r *request) readBasic(authorization []string) *Error {
	if len(authorization) == 0 {
		return nil
	}
	user, password, ok := basicAuth(authorization[0])
	refusal := &Error{
		Status: http.StatusUnauthorized, Code: codeInvalidClient, reason: ReasonMalformed,
		Description: "The Authorization header must be HTTP Basic with client id and secret, each form-urlencoded (RFC 6749, section 2.3.1).",
	}
	if !ok || len(authorization) > 1 {
		return refusal
	}
	id, err := url.QueryUnescape(user)
	if err != nil || id == "" {
		return refusal
	}
	secret, err := url.QueryUnescape(password)
	if err != nil || !validation.IsText(secret) {
		secret = password // not encoded
	}
	if secret != password {
		r.rawSecret = password
	}
	r.basic = true
	if err := r.set(paramClientID, id); err != nil {
		return err
	}
	return r.set(paramClientSecret, secret)
}

// basicAuth is http.Request.BasicAuth for credentials that may have several
// spaces after the scheme (RFC 9110 §11.4).
func basicAuth(authorization string) (user, password string, ok bool) {
	scheme, credentials, _ := strings.Cut(authorization, " ")
	header := http.Header{"Authorization": {scheme + " " + strings.TrimLeft(credentials, " ")}}
	return (&http.Request{Header: header}).BasicAuth()
}
