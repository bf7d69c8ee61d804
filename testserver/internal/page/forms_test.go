package page_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
)

func forms(publicURL, key string) *page.Forms {
	return &page.Forms{
		Name: "test", PublicURL: func() string { return publicURL },
		Key: func(context.Context) ([]byte, error) { return []byte(key), nil },
	}
}

// open shows a form to a browser that has cookies, and returns the form's token
// and the cookie that was set, if one was.
func open(t *testing.T, f *page.Forms, cookies ...*http.Cookie) (string, *http.Cookie) {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/login", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	token, err := f.Token(w, r)
	if err != nil {
		t.Fatal(err)
	}
	set := w.Result().Cookies()
	if len(set) == 0 {
		return token, nil
	}
	return token, set[0]
}

func send(f *page.Forms, token string, cookie *http.Cookie, headers ...string) error {
	body := url.Values{page.Field: {token}}.Encode()
	r := httptest.NewRequest(http.MethodPost, "http://atm.example.com/login", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != nil {
		r.AddCookie(cookie)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	return f.Check(r)
}

func TestForms_TakeTheirOwnAndRefuseOthers(t *testing.T) {
	t.Parallel()
	f := forms("http://atm.example.com", "key")
	token, cookie := open(t, f)
	otherToken, otherCookie := open(t, f)
	_, forged := open(t, forms("http://atm.example.com", "another server's key"))
	forged.Name = cookie.Name
	for name, c := range map[string]struct {
		token   string
		cookie  *http.Cookie
		headers []string
		right   bool
	}{
		"its own":                           {token, cookie, nil, true},
		"said to be its own":                {token, cookie, []string{"Sec-Fetch-Site", "same-origin", "Origin", "null"}, true},
		"from its own origin":               {token, cookie, []string{"Origin", "http://atm.example.com"}, true},
		"under no-referrer, nothing said":   {token, cookie, []string{"Origin", "null"}, true},
		"no token":                          {"", cookie, nil, false},
		"no cookie":                         {token, nil, nil, false},
		"nothing":                           {"", nil, nil, false},
		"another browser's token":           {otherToken, cookie, nil, false},
		"another browser's cookie":          {token, otherCookie, nil, false},
		"a cookie that others signed":       {token, forged, nil, false},
		"a token that is the cookie":        {cookie.Value, cookie, nil, false},
		"right, but another site sent it":   {token, cookie, []string{"Sec-Fetch-Site", "cross-site"}, false},
		"right, but another host sent it":   {token, cookie, []string{"Sec-Fetch-Site", "same-site"}, false},
		"right, but another origin sent it": {token, cookie, []string{"Origin", "http://evil.example.com"}, false},
	} {
		err := send(f, c.token, c.cookie, c.headers...)
		if c.right && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !c.right && !errors.Is(err, page.ErrForeignForm) {
			t.Errorf("%s: %v, want ErrForeignForm", name, err)
		}
	}
}

// A proxy may ask the server under another name than the browser asked it.
func TestForms_ComeThroughAProxyThatRenamesTheServer(t *testing.T) {
	t.Parallel()
	for publicURL, origin := range map[string]string{
		"https://login.example.com": "https://login.example.com", "https://example.com/atm": "https://example.com",
	} {
		f := forms(publicURL, "key")
		token, cookie := open(t, f)
		if err := send(f, token, cookie, "Origin", origin); err != nil {
			t.Errorf("%s: %v", publicURL, err)
		}
		for _, other := range []string{"http://login.example.com", "https://evil.example.com", "https://example.com:444", "https://"} {
			if err := send(f, token, cookie, "Origin", other); !errors.Is(err, page.ErrForeignForm) {
				t.Errorf("%s, from %s: %v", publicURL, other, err)
			}
		}
		if err := send(f, token, cookie, "Origin", origin, "Sec-Fetch-Site", "cross-site"); !errors.Is(err, page.ErrForeignForm) {
			t.Errorf("%s, the browser says that it is another site: %v", publicURL, err)
		}
	}
}

func TestForms_TwoTabsAreBothGood(t *testing.T) {
	t.Parallel()
	f := forms("http://atm.example.com", "key")
	first, cookie := open(t, f)
	second, again := open(t, f, cookie)
	if again != nil {
		t.Error("the second tab takes the first one's cookie away")
	}
	for _, token := range []string{first, second} {
		if err := send(f, token, cookie); err != nil {
			t.Error(err)
		}
	}
}

func TestForms_CookiesAreShutAway(t *testing.T) {
	t.Parallel()
	_, plain := open(t, forms("http://atm.example.com", "key"))
	_, secure := open(t, forms("https://atm.example.com", "key"))
	for _, c := range []*http.Cookie{plain, secure} {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			t.Errorf("the cookie is open: %s", c)
		}
	}
	if plain.Secure {
		t.Errorf("over http: %s", plain)
	}
	if !secure.Secure || !strings.HasPrefix(secure.Name, "__Host-") {
		t.Errorf("over https: %s", secure)
	}
	if _, other := open(t, forms("http://atm.example.com", "another server's key")); other.Name == plain.Name {
		t.Error("two servers of one host share a cookie")
	}
}
