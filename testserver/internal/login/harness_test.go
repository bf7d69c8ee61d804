package login_test

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const (
	secret   = "480nulBeBGqJDoAOADC0CW2frGTDVEmq"
	email    = "admin@gmail.com"
	password = "correct horse battery"

	webClient     = "webwebwebwebwebwebwe" // Authorization Flow
	pkceClient    = "spaspaspaspaspaspasp" // Authorization PKCE Flow
	severalClient = "severalseveralsevera" // Authorization Flow, two redirect URLs
	m2mClient     = "NmN78x6DMfde1XRx9hQg" // User Credentials Flow
	serviceClient = "DwSljVC4Ycr5YAv2Qbkf" // Client Credentials Flow
)

const seedText = `
suites:
  - name: Payments
    projects:
      - name: Checkout
        users:
          - {id: D7aaqWe34vWj_Bd-uuP8N, email: admin@gmail.com, firstName: Thong, role: system_user, password: correct horse battery}
          - {email: unassigned@example.com, firstName: Una, role: system_user, password: correct horse battery}
          - {email: disabled@example.com, firstName: Dis, role: system_user, enabled: false, password: correct horse battery}
          - {email: machine@example.com, firstName: Mac, role: system_user}
        applications:
          - name: Web shop
            authenticatorType: authorization_code
            clientId: webwebwebwebwebwebwe
            clientSecret: &secret 480nulBeBGqJDoAOADC0CW2frGTDVEmq
            redirectUrls: ["%[1]s/callback"]
            allowedOrigins: ["%[2]s"]
            users: &users [{email: admin@gmail.com}, {email: disabled@example.com}, {email: machine@example.com}]
          - name: Single page
            authenticatorType: authorization_code_pkce
            clientId: spaspaspaspaspaspasp
            clientSecret: *secret
            redirectUrls: ["%[1]s/callback?from=atm"]
            allowedOrigins: ["%[1]s"]
            users: *users
          - name: Several
            authenticatorType: authorization_code
            clientId: severalseveralsevera
            clientSecret: *secret
            redirectUrls: ["%[1]s/one", "%[1]s/two"]
            users: *users
          - name: Nightly job
            authenticatorType: user_credentials
            clientId: NmN78x6DMfde1XRx9hQg
            clientSecret: *secret
            users: *users
          - name: Service
            authenticatorType: client_credentials
            clientId: DwSljVC4Ycr5YAv2Qbkf
            clientSecret: *secret
`

// shop is an application as its developers would run it: something that the
// browser comes back to.
type shop struct {
	*httptest.Server
	mu        sync.Mutex
	responses []url.Values
	// next is where the callback sends the browser on to, empty for nowhere.
	next string
	// ask is the page /ask, which sends an authorization request.
	ask string
}

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/favicon.ico" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if r.URL.Path == "/ask" {
			fmt.Fprint(w, s.ask)
			return
		}
		if err := r.ParseForm(); err == nil && (r.Form.Has("code") || r.Form.Has("error")) {
			r.Form.Set("origin_of_the_form", r.Header.Get("Origin"))
			s.mu.Lock()
			s.responses = append(s.responses, r.Form)
			next := s.next
			s.mu.Unlock()
			if next != "" {
				http.Redirect(w, r, next, http.StatusFound)
				return
			}
		}
		fmt.Fprintf(w, "<!doctype html><title>Shop</title><h1 id=shop>Welcome back</h1><p id=referrer>%s</p>", r.Referer())
	}))
	t.Cleanup(s.Close)
	return s
}

// response returns the parameters that the last redirect brought.
func (s *shop) response(t *testing.T) url.Values {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.responses) == 0 {
		t.Fatal("the browser has not come back to the application")
	}
	return s.responses[len(s.responses)-1]
}

// start starts a server whose applications redirect to the shop. other is an
// origin that the web shop allows as well.
func start(t *testing.T, s *shop, other string, opts ...testserver.Option) *testserver.Server {
	t.Helper()
	if other == "" {
		other = s.URL
	}
	return testserver.Start(t, append([]testserver.Option{testserver.WithSeed(fmt.Sprintf(seedText, s.URL, other))}, opts...)...)
}

// visitor is a browser without a window: cookies and forms, redirects not
// followed.
type visitor struct {
	t      *testing.T
	server *testserver.Server
	client *http.Client
}

func visit(t *testing.T, s *testserver.Server) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := *s.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{t: t, server: s, client: &client}
}

// shown is a response that was read.
type shown struct {
	*http.Response
	html string
}

func (v *visitor) do(r *http.Request) shown {
	v.t.Helper()
	response, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	html, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return shown{response, string(html)}
}

func (v *visitor) get(query string) shown {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.server.URL+"/login?"+query, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(r)
}

// form reads the hidden fields of a page's first form.
func (v *visitor) form(page shown) url.Values {
	v.t.Helper()
	fields := page.hidden()
	if fields.Get("csrf_token") == "" {
		v.t.Fatalf("the page has no form: %d %s", page.StatusCode, page.html)
	}
	return fields
}

// hidden are the hidden fields of the first form.
func (p shown) hidden() url.Values {
	fields := url.Values{}
	first, _, _ := strings.Cut(p.html, "</form>")
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(first, -1) {
		fields.Set(m[1], html.UnescapeString(m[2]))
	}
	return fields
}

func (v *visitor) post(fields url.Values, headers ...string) shown {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.server.URL+"/login", strings.NewReader(fields.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return v.do(r)
}

// signIn opens the page and sends its form.
func (v *visitor) signIn(query, email, password string) shown {
	v.t.Helper()
	fields := v.form(v.get(query))
	fields.Set("email", email)
	fields.Set("password", password)
	return v.post(fields)
}

// problem returns what the page's alert says.
func (p shown) problem() string {
	m := regexp.MustCompile(`role="alert">([^<]*)<`).FindStringSubmatch(p.html)
	if m == nil {
		return ""
	}
	return m[1]
}
