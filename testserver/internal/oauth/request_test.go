package oauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func (r *rig) raw(method, target, contentType, body string, header ...string) response {
	r.t.Helper()
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	return r.do(req)
}

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

func TestToken_EverySpelling(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	for _, grant := range []string{"grant_types", "grantType", "grant_type", "grantTypes"} {
		for _, id := range []string{"clientId", "client_id"} {
			for _, sec := range []string{"clientSecret", "client_secret"} {
				for _, login := range []string{"loginId", "login_id"} {
					members := []string{grant, "user_credentials", id, m2mClient, sec, secret, login, loginID}
					r.wantTokens(r.post("/auth/token", members...))
					r.wantTokens(r.form("/auth/token", members...))
				}
			}
		}
	}
}

func TestToken_AcceptsWhatIsEquivalent(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	basic := func(id, secret string) string {
		req := httptest.NewRequest(http.MethodPost, "/", nil)
		req.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
		return req.Header.Get("Authorization")
	}
	full := `{"clientId":"` + serviceClient + `","clientSecret":"` + secret + `","grant_type":"client_credentials"`
	form := "client_id=" + serviceClient + "&client_secret=" + secret + "&grant_type=client_credentials"
	for name, a := range map[string]response{
		"charset":                   r.raw("POST", "/auth/token", jsonType+"; charset=UTF-8", full+"}"),
		"form with charset":         r.raw("POST", "/auth/token", formType+";charset=utf-8", form),
		"media type in capitals":    r.raw("POST", "/auth/token", "Application/JSON", full+"}"),
		"two spellings that agree":  r.raw("POST", "/auth/token", jsonType, full+`,"client_id":"`+serviceClient+`"}`),
		"an empty second spelling":  r.raw("POST", "/auth/token", jsonType, full+`,"client_id":""}`),
		"null counts as left out":   r.raw("POST", "/auth/token", jsonType, full+`,"loginId":null}`),
		"unknown members":           r.raw("POST", "/auth/token", jsonType, full+`,"scope":["a",{"b":1}],"audience":7}`),
		"unknown form parameter":    r.raw("POST", "/auth/token", formType, form+"&scope=a+b"),
		"white space":               r.raw("POST", "/auth/token", jsonType, " \n"+full+"}\n"),
		"Basic":                     r.raw("POST", "/auth/token", formType, "grant_type=client_credentials", "Authorization", basic(serviceClient, secret)),
		"Basic and the same id":     r.raw("POST", "/auth/token", formType, form, "Authorization", basic(serviceClient, secret)),
		"unknown query parameter":   r.raw("POST", "/auth/token?trace=1", formType, form),
		"escaped names in JSON":     r.raw("POST", "/auth/token", jsonType, strings.Replace(full, "clientId", `client\u0049d`, 1)+"}"),
		"form in another charset":   r.raw("POST", "/auth/token", formType+"; charset=ISO-8859-1", form),
		"form with no charset":      r.raw("POST", "/auth/token", formType+"; charset=", form),
		"form with a semicolon":     r.raw("POST", "/auth/token", formType+";", form),
		"charset utf8":              r.raw("POST", "/auth/token", jsonType+"; charset=utf8", full+"}"),
		"charset us-ascii":          r.raw("POST", "/auth/token", jsonType+"; charset=\"US-ASCII\"", full+"}"),
		"empty charset":             r.raw("POST", "/auth/token", jsonType+"; charset=", full+"}"),
		"byte order mark":           r.raw("POST", "/auth/token", jsonType, "\ufeff"+full+"}"),
		"repeated resource":         r.raw("POST", "/auth/token", formType, form+"&resource=https%3A%2F%2Fa.example.com&resource=https%3A%2F%2Fb.example.com"),
		"repeated unknown":          r.raw("POST", "/auth/token", formType, form+"&x=1&x=2"),
		"several resources in JSON": r.raw("POST", "/auth/token", jsonType, full+`,"resource":["https://a.example.com","https://b.example.com"]}`),
		"Basic and several spaces":  r.raw("POST", "/auth/token", formType, "grant_type=client_credentials", "Authorization", strings.Replace(basic(serviceClient, secret), " ", "   ", 1)),
		"basic in lower case":       r.raw("POST", "/auth/token", formType, "grant_type=client_credentials", "Authorization", strings.Replace(basic(serviceClient, secret), "Basic", "basic", 1)),
		"identity content encoding": r.raw("POST", "/auth/token", formType, form, "Content-Encoding", "identity"),
	} {
		if a.Code != 200 {
			t.Errorf("%s: returns %d %s", name, a.Code, a.Body)
		}
	}
}

// Clients do not agree on whether a secret is form-urlencoded in HTTP Basic (RFC
// 6749 §2.3.1): curl, Requests and Authlib send it as it is.
func TestToken_BasicIsFormURLDecodedOrRaw(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	try := func(secret string) response {
		req := httptest.NewRequest(http.MethodPost, "/auth/token", strings.NewReader("grant_type=client_credentials"))
		req.Header.Set("Content-Type", formType)
		req.SetBasicAuth(serviceClient, secret)
		return r.do(req)
	}
	for _, odd := range []string{
		"p%+ :/&=üsecretsecretsecretsecretsec", "plus+plus+plus+plus+plus+plus+plus+", "percent%41percent%41percent%41percent%41",
		"not-utf-8%ff%ff%ff%ff%ff%ff%ff%ff%ff", "bad-escape%zz-secretsecretsecretsecret",
	} {
		r.write(func(tx *store.Tx) error {
			_, err := tx.RotateSecret("id-"+serviceClient, sum(odd), start, start)
			return err
		})
		r.wantTokens(try(odd))
		r.wantTokens(try(url.QueryEscape(odd)))
		for _, wrong := range []string{odd + "x", url.QueryEscape(url.QueryEscape(odd)), "+", ""} {
			a := try(wrong)
			r.wantError(a, 401, "invalid_client")
			if a.Header().Get("WWW-Authenticate") == "" {
				t.Error("no WWW-Authenticate")
			}
		}
	}
}

func TestToken_Refused(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	full := `{"clientId":"` + serviceClient + `","clientSecret":"` + secret + `","grant_type":"client_credentials"`
	form := "client_id=" + serviceClient + "&client_secret=" + secret + "&grant_type=client_credentials"
	type refusal struct {
		status int
		code   string
	}
	bad := refusal{400, "invalid_request"}
	for name, c := range map[string]struct {
		response response
		want     refusal
	}{
		"GET":                       {r.raw("GET", "/auth/token", "", ""), refusal{405, "invalid_request"}},
		"PUT":                       {r.raw("PUT", "/auth/token", jsonType, full+"}"), refusal{405, "invalid_request"}},
		"no content type":           {r.raw("POST", "/auth/token", "", full+"}"), bad},
		"text":                      {r.raw("POST", "/auth/token", "text/plain", full+"}"), bad},
		"multipart":                 {r.raw("POST", "/auth/token", "multipart/form-data; boundary=x", form), bad},
		"latin-1":                   {r.raw("POST", "/auth/token", jsonType+"; charset=iso-8859-1", full+"}"), bad},
		"two byte order marks":      {r.raw("POST", "/auth/token", jsonType, "\ufeff\ufeff"+full+"}"), bad},
		"UTF-16":                    {r.raw("POST", "/auth/token", jsonType+"; charset=utf-16", full+"}"), bad},
		"form of another name":      {r.raw("POST", "/auth/token", formType+"x", form), bad},
		"compressed":                {r.raw("POST", "/auth/token", jsonType, full+"}", "Content-Encoding", "gzip"), bad},
		"two content types":         {r.raw("POST", "/auth/token", jsonType, full+"}", "Content-Type", formType), bad},
		"empty body":                {r.raw("POST", "/auth/token", jsonType, ""), bad},
		"cut off":                   {r.raw("POST", "/auth/token", jsonType, full), bad},
		"something after it":        {r.raw("POST", "/auth/token", jsonType, full+"}{}"), bad},
		"array":                     {r.raw("POST", "/auth/token", jsonType, "["+full+"}]"), bad},
		"string":                    {r.raw("POST", "/auth/token", jsonType, `"x"`), bad},
		"number for a string":       {r.raw("POST", "/auth/token", jsonType, `{"grant_type":"client_credentials","clientId":5}`), bad},
		"object for a string":       {r.raw("POST", "/auth/token", jsonType, `{"grant_type":{"a":1}}`), bad},
		"repeated member":           {r.raw("POST", "/auth/token", jsonType, full+`,"clientId":"`+serviceClient+`"}`), bad},
		"repeated unknown member":   {r.raw("POST", "/auth/token", jsonType, full+`,"x":1,"x":2}`), bad},
		"repeated by an escape":     {r.raw("POST", "/auth/token", jsonType, full+`,"client\u0049d":"x"}`), bad},
		"not UTF-8":                 {r.raw("POST", "/auth/token", jsonType, full+",\"x\":\"\xff\"}"), bad},
		"NUL":                       {r.raw("POST", "/auth/token", jsonType, `{"grant_type":"client_credentials","clientId":"a\u0000"}`), bad},
		"deeply nested":             {r.raw("POST", "/auth/token", jsonType, full+`,"x":`+strings.Repeat("[", 60_000)), bad},
		"repeated parameter":        {r.raw("POST", "/auth/token", formType, form+"&client_id="+serviceClient), bad},
		"form with a bad escape":    {r.raw("POST", "/auth/token", formType, form+"&x=%zz"), bad},
		"form not UTF-8":            {r.raw("POST", "/auth/token", formType, form+"&login_id=%ff"), bad},
		"spellings that disagree":   {r.raw("POST", "/auth/token", jsonType, full+`,"client_id":"x"}`), bad},
		"grants that disagree":      {r.raw("POST", "/auth/token", jsonType, full+`,"grantType":"refresh_token"}`), bad},
		"Basic that disagrees":      {r.raw("POST", "/auth/token", formType, form, "Authorization", "Basic eDp5"), bad},
		"secret in the query":       {r.raw("POST", "/auth/token?client_secret="+secret, jsonType, full+"}"), bad},
		"code in the query":         {r.raw("POST", "/auth/token?code=x", jsonType, full+"}"), bad},
		"broken query":              {r.raw("POST", "/auth/token?client_secret=%zz", jsonType, full+"}"), bad},
		"no grant":                  {r.raw("POST", "/auth/token", jsonType, `{"clientId":"x","clientSecret":"y"}`), bad},
		"unknown grant":             {r.raw("POST", "/auth/token", jsonType, `{"grant_type":"password","clientId":"x","clientSecret":"y"}`), refusal{400, "unsupported_grant_type"}},
		"no login id":               {r.post("/auth/token", "clientId", m2mClient, "clientSecret", secret, "grant_type", "user_credentials"), bad},
		"no code":                   {r.post("/auth/token", "clientId", webClient, "clientSecret", secret, "grant_type", "authorization_code"), bad},
		"no refresh token":          {r.post("/auth/token", "clientId", m2mClient, "grant_type", "refresh_token", "id_token", "x"), bad},
		"refresh without client":    {r.post("/auth/token", "grant_type", "refresh_token", "refresh_token", "x", "id_token", "x"), bad},
		"no secret":                 {r.post("/auth/token", "clientId", serviceClient, "grant_type", "client_credentials"), refusal{401, "invalid_client"}},
		"no client":                 {r.post("/auth/token", "grant_type", "client_credentials"), refusal{401, "invalid_client"}},
		"Bearer":                    {r.raw("POST", "/auth/token", formType, form, "Authorization", "Bearer x"), refusal{401, "invalid_client"}},
		"Basic of nonsense":         {r.raw("POST", "/auth/token", formType, form, "Authorization", "Basic !"), refusal{401, "invalid_client"}},
		"Basic with a bad escape":   {r.raw("POST", "/auth/token", formType, "grant_type=client_credentials", "Authorization", "Basic JXp6Ong="), refusal{401, "invalid_client"}},
		"two Authorization headers": {r.raw("POST", "/auth/token", formType, form, "Authorization", "Basic eDp5", "Authorization", "Basic eDp5"), refusal{401, "invalid_client"}},
		"more than 64 KiB":          {r.raw("POST", "/auth/token", jsonType, full+`,"x":"`+strings.Repeat("x", 64<<10)+`"}`), refusal{413, "invalid_request"}},
	} {
		a := c.response
		if a.Code != c.want.status || a.str("error") != c.want.code {
			t.Errorf("%s: returns %d %s, want %d %s", name, a.Code, a.Body, c.want.status, c.want.code)
		}
		checkRefusal(t, name, a)
	}
}

// descriptions may have no quotation mark and no backslash (RFC 6749 §5.2).
var description = regexp.MustCompile(`^[\x20-\x21\x23-\x5B\x5D-\x7E]+$`)

func checkRefusal(t *testing.T, name string, a response) {
	t.Helper()
	if !description.MatchString(a.str("error_description")) {
		t.Errorf("%s: description %q", name, a.str("error_description"))
	}
	if strings.Contains(a.Body.String(), secret) {
		t.Errorf("%s: the response repeats the secret", name)
	}
	if a.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s: Cache-Control %q", name, a.Header().Get("Cache-Control"))
	}
	if a.Code == http.StatusMethodNotAllowed && a.Header().Get("Allow") == "" {
		t.Errorf("%s: no Allow", name)
	}
}

func TestToken_WWWAuthenticateOnlyForTheHeader(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	a := r.post("/auth/token", "clientId", serviceClient, "clientSecret", "x", "grant_type", "client_credentials")
	r.wantError(a, 401, "invalid_client")
	if got := a.Header().Get("WWW-Authenticate"); got != "" {
		t.Errorf("WWW-Authenticate %q for credentials in the body", got)
	}
	a = r.raw("POST", "/auth/token", formType, "grant_type=client_credentials", "Authorization", "Basic eDp5")
	r.wantError(a, 401, "invalid_client")
	if got := a.Header().Get("WWW-Authenticate"); !strings.HasPrefix(got, "Basic realm=") {
		t.Errorf("WWW-Authenticate %q for credentials in the header", got)
	}
}

// FuzzToken sends bodies of any kind: for any body, the response is tokens or
// an error of RFC 6749, and tokens only to who names application and secret.
func FuzzToken(f *testing.F) {
	full := `{"clientId":"` + serviceClient + `","clientSecret":"` + secret + `","grant_type":"client_credentials"}`
	for _, body := range []string{
		full, `{}`, `[]`, `null`, `{"grant_type":"refresh_token","clientId":"a","refresh_token":"b","id_token":"a.b.c"}`,
		strings.Replace(full, "clientId", `client\u0049d`, 1), `{"a":{"b":[1,2,{"c":null}]}}`, "{\"\xff\":1}",
	} {
		f.Add(jsonType, body, "", "")
	}
	for _, body := range []string{
		"client_id=" + serviceClient + "&client_secret=" + secret + "&grant_type=client_credentials", "a&b=c&&=", "%", "a=%zz", ";",
		"grant_type=authorization_code&code=x&client_id=" + webClient + "&client_secret=" + secret + "&redirect_uri=%00",
	} {
		f.Add(formType, body, "", "x=y")
	}
	f.Add(formType, "grant_type=client_credentials", "Basic eDp5", "")
	f.Add("", "", "Bearer x", "client_secret=x")
	r := newRig(f, options{})
	f.Fuzz(func(t *testing.T, contentType, body, authorization, query string) {
		req := httptest.NewRequest(http.MethodPost, "/auth/token", strings.NewReader(body))
		req.URL.RawQuery = query
		req.Header.Set("Content-Type", contentType)
		if authorization != "" {
			req.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		r.mux.ServeHTTP(w, req)
		var response struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
			AccessToken string `json:"access_token"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &response); err != nil {
			t.Fatalf("returns no JSON: %s", w.Body)
		}
		if w.Code >= 500 {
			t.Errorf("returns %d %s", w.Code, w.Body)
		}
		if (w.Code == 200) != (response.AccessToken != "") || (w.Code == 200) == (response.Error != "") {
			t.Errorf("returns %d %s", w.Code, w.Body)
		}
		if response.Description != "" && !description.MatchString(response.Description) {
			t.Errorf("description %q", response.Description)
		}
	})
}
