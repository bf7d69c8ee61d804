package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/browsertest"
)

const (
	isLive = chromedp.CSS("[data-state=live]")
	table  = chromedp.CSS("table")
)

// shown is the text of the rows, the newest first.
func shown(tab *browsertest.Tab) []string {
	return browsertest.Script[[]string](tab, "[...document.querySelectorAll('#rows tr')].map(r => r.innerText.replace(/\\s+/g, ' '))")
}

func refusedRequest(t *testing.T, s *testserver.Server) {
	t.Helper()
	ask(t, s, "grant_type", "client_credentials", "client_id", serviceClient, "client_secret", "not the secret")
}

func TestBrowser_ShowsRequestsAsTheyHappen(t *testing.T) {
	t.Parallel()
	s := start(t)
	tokens(t, s)
	tab := browsertest.Open(t)
	tab.Do(chromedp.Navigate(s.URL+"/console"), chromedp.WaitVisible(isLive))
	if rows := shown(tab); len(rows) != 1 || !strings.Contains(rows[0], "Nightly settlement by client secret admin@gmail.com Granted") {
		t.Errorf("before, the page shows %q", rows)
	}
	refusedRequest(t, s)
	tab.Wait("the request appears", func() bool { return len(shown(tab)) == 2 })
	if newest := shown(tab)[0]; !strings.Contains(newest, "Ledger service not authenticated") || !strings.Contains(newest, "The client secret is wrong") {
		t.Errorf("the newest row is %q", newest)
	}
	tab.Wait("the figures follow", func() bool {
		return browsertest.Script[string](tab, "document.getElementById('granted').textContent + document.getElementById('refused').textContent") == "11"
	})

	// A pause keeps the table still, and loses nothing.
	tab.Do(chromedp.Click(chromedp.CSS("#pause")), chromedp.WaitVisible(chromedp.CSS("[data-state=paused]")))
	tokens(t, s)
	tab.Wait("what is new is counted", func() bool { return browsertest.Get(tab, chromedp.Text(chromedp.CSS("#live"))) == "Paused, 1 new" })
	if rows := shown(tab); len(rows) != 2 {
		t.Errorf("a paused page shows %d rows", len(rows))
	}
	tab.Do(chromedp.Click(chromedp.CSS("#pause")))
	tab.Wait("the table catches up", func() bool { return len(shown(tab)) == 3 })

	// The links of rows that came by the stream lead where those of the page do.
	tab.Do(chromedp.Click(chromedp.CSS("#rows tr a")), chromedp.WaitVisible(chromedp.CSS("#settings")))
	if heading := browsertest.Get(tab, chromedp.Text(chromedp.CSS("h1"))); heading != "Nightly settlement" {
		t.Errorf("a row's link leads to %s", heading)
	}
}

func TestBrowser_ShowsOnlyTheRefusedOnes(t *testing.T) {
	t.Parallel()
	s := start(t)
	tokens(t, s)
	tab := browsertest.Open(t)
	tab.Do(chromedp.Navigate(s.URL + "/console"))
	tab.Follow(chromedp.Click(chromedp.Search("//a[text()='Refused']")))
	tab.Do(chromedp.WaitVisible(isLive))
	tokens(t, s)
	refusedRequest(t, s)
	tab.Wait("the refused request appears", func() bool { return len(shown(tab)) > 0 })
	if rows := shown(tab); len(rows) != 1 || !strings.Contains(rows[0], "Refused") {
		t.Errorf("the page shows %q", rows)
	}
}

func TestBrowser_ASignInInTheNextTabAppears(t *testing.T) {
	t.Parallel()
	s := start(t)
	tab, other := browsertest.Open(t), browsertest.Open(t)
	tab.Do(chromedp.Navigate(s.URL+"/console"), chromedp.WaitVisible(isLive))
	other.Expect("status of 403")
	other.Do(
		chromedp.Navigate(s.URL+"/login?clientId="+webClient), chromedp.SendKeys(chromedp.CSS("#email"), email),
		chromedp.SendKeys(chromedp.CSS("#password"), "wrong password"+kb.Enter), chromedp.WaitVisible(chromedp.CSS("[role=alert]")),
	)
	tab.Wait("the refused sign-in appears", func() bool { return len(shown(tab)) == 1 })
	if row := shown(tab)[0]; !strings.Contains(row, "Sign-in Web shop admin@gmail.com Refused The password is wrong.") {
		t.Errorf("the row is %q", row)
	}
}

func TestBrowser_WithoutJavaScriptTheLastOnesAreThere(t *testing.T) {
	t.Parallel()
	s := start(t)
	tokens(t, s)
	refusedRequest(t, s)
	tab := browsertest.Open(t, browsertest.NoScripts)
	tab.Do(chromedp.Navigate(s.URL+"/console"), chromedp.WaitVisible(table))
	text := browsertest.Get(tab, chromedp.TextContent(chromedp.CSS("main")))
	for _, want := range []string{"Nightly settlement", "The client secret is wrong", "Reload the page"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	tab.Do(
		chromedp.Navigate(s.URL+"/console/token"),
		chromedp.SetValue(chromedp.CSS("#token"), tokens(t, s)["access_token"].(string)),
		chromedp.Click(chromedp.CSS("form button")), chromedp.WaitVisible(chromedp.CSS(".outcome.good")),
	)
}

func TestBrowser_ARotationIsSeenOnTheLine(t *testing.T) {
	t.Parallel()
	s := start(t)
	tokens(t, s)
	tab := browsertest.Open(t)
	parts := func() []string {
		tab.Do(chromedp.Navigate(s.URL+"/console/keys"), chromedp.WaitVisible(chromedp.CSS(".keys")))
		return browsertest.Script[[]string](tab, `[...document.querySelectorAll('.keys li')].map(li => li.querySelector('.badge').textContent
			+ ': ' + [...li.querySelectorAll('.line rect:not(.rail)')].filter(r => r.getBoundingClientRect().width > 0).map(r => r.className.baseVal).join(' '))`)
	}
	if got, want := parts(), []string{"Next: published", "Signing: signing"}; !slices.Equal(got, want) {
		t.Errorf("before: %q, want %q", got, want)
	}
	s.Clock.Advance(5 * 60 * 1e9)
	if _, err := s.RotateKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"Next: published", "Signing: published signing", "Retired: signing retired"}
	if got := parts(); !slices.Equal(got, want) {
		t.Errorf("after: %q, want %q", got, want)
	}
}

func TestBrowser_ATokenIsTakenApart(t *testing.T) {
	t.Parallel()
	s := start(t)
	tab := browsertest.Open(t)
	tab.Do(
		chromedp.Navigate(s.URL+"/console/token"), chromedp.SetValue(chromedp.CSS("#token"), tokens(t, s)["access_token"].(string)),
		chromedp.Click(chromedp.CSS("form button")), chromedp.WaitVisible(chromedp.CSS(".outcome.good")),
	)
	if claims := browsertest.Get(tab, chromedp.Text(chromedp.CSS("#contents ~ pre ~ pre"))); !strings.Contains(claims, `"email": "admin@gmail.com"`) {
		t.Errorf("the claims are %s", claims)
	}
	if address := browsertest.Get(tab, chromedp.Location()); address != s.URL+"/console/token" {
		t.Errorf("the address is %s", address)
	}
	tab.Do(
		chromedp.SetValue(chromedp.CSS("#token"), mint(t, s, testserver.TokenSpec{Key: "unknown"})),
		chromedp.Click(chromedp.CSS("form button")), chromedp.WaitVisible(chromedp.CSS(".outcome.bad")),
	)
	if outcome := browsertest.Get(tab, chromedp.Text(chromedp.CSS(".outcome"))); !strings.HasPrefix(strings.Join(strings.Fields(outcome), " "), "Access token: not valid Signing key:") {
		t.Errorf("the outcome is %q", outcome)
	}
}

func TestBrowser_AnAdministratorSignsInFromAfar(t *testing.T) {
	t.Parallel()
	// A public URL that is not loopback's: no client counts as local.
	s := start(t, testserver.WithPublicURL("http://atm.example.com"))
	tab := browsertest.Open(t)
	tab.Do(
		chromedp.Navigate(s.URL+"/console"), chromedp.WaitVisible(chromedp.CSS("#email")),
		chromedp.SendKeys(chromedp.CSS("#email"), "root@example.com"), chromedp.SendKeys(chromedp.CSS("#password"), password+kb.Enter),
		chromedp.WaitVisible(isLive),
	)
	tokens(t, s)
	tab.Wait("the request appears", func() bool { return len(shown(tab)) > 0 })
	tab.Do(chromedp.Click(chromedp.CSS(".out button")), chromedp.WaitVisible(chromedp.CSS("#email")), chromedp.Navigate(s.URL+"/console/users"), chromedp.WaitVisible(chromedp.CSS("#email")))
}

func TestBrowser_WatchesOneApplication(t *testing.T) {
	t.Parallel()
	s := start(t)
	tab := browsertest.Open(t)
	tab.Do(chromedp.Navigate(s.URL + "/console/applications"))
	for _, link := range []string{"Ledger service", "Watch requests in real time", "Refused"} {
		tab.Follow(chromedp.Click(chromedp.Search("//a[text()='" + link + "']")))
	}
	tab.Do(chromedp.WaitVisible(isLive))
	tokens(t, s)
	refusedRequest(t, s)
	tab.Wait("the application's request appears", func() bool { return len(shown(tab)) > 0 })
	if rows := shown(tab); len(rows) != 1 || !strings.Contains(rows[0], "Ledger service") {
		t.Errorf("the page shows %q", rows)
	}
}

// TestBrowser_WorksBelowAPathOfAProxy: the proxy knows the path, and the server
// does not, but for its public URL.
func TestBrowser_WorksBelowAPathOfAProxy(t *testing.T) {
	t.Parallel()
	var target *url.URL
	proxy := httptest.NewServer(http.StripPrefix("/atm", &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.SetXForwarded()
		},
	}))
	t.Cleanup(proxy.Close)
	s := start(t, testserver.WithPublicURL(proxy.URL+"/atm"))
	var err error
	if target, err = url.Parse(s.URL); err != nil {
		t.Fatal(err)
	}
	tab := browsertest.Open(t)
	tab.Expect("status of 403")
	tab.Do(
		chromedp.Navigate(proxy.URL+"/atm/login?clientId="+webClient), chromedp.SendKeys(chromedp.CSS("#email"), email),
		chromedp.SendKeys(chromedp.CSS("#password"), "wrong password"+kb.Enter), chromedp.WaitVisible(chromedp.CSS("#problem")),
	)
	tab.Settle() // the proxy sends the page in parts
	if said := browsertest.Get(tab, chromedp.Text(chromedp.CSS("#problem"))); said != "The email address or the password is wrong." {
		t.Errorf("the sign-in page says %q", said)
	}
	tab.Do(
		chromedp.Navigate(proxy.URL+"/atm/console/keys"), chromedp.SendKeys(chromedp.CSS("#email"), "root@example.com"),
		chromedp.SendKeys(chromedp.CSS("#password"), password+kb.Enter), chromedp.WaitVisible(isLive),
	)
	tokens(t, s)
	tab.Wait("the request appears", func() bool { return len(shown(tab)) == 2 })
	for _, link := range []string{"Applications", "Nightly settlement", "Users", "Signing keys", "Token", "Requests"} {
		status := tab.Follow(chromedp.Click(chromedp.Search("//a[text()='" + link + "']")))
		if heading := browsertest.Get(tab, chromedp.Text(chromedp.CSS("h1"))); status != http.StatusOK || heading == "Sign in to the console" {
			t.Errorf("%s leads to %q (%d)", link, heading, status)
		}
	}
}

// TestBrowser_AnotherSiteGetsNothing: a page of another origin asks for the
// console in the ways that pages can.
func TestBrowser_AnotherSiteGetsNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><title>Other</title><link rel="icon" href="data:,"><h1>Other</h1>`))
	}))
	t.Cleanup(other.Close)
	tab := browsertest.Open(t)
	tab.Expect("blocked by CORS policy")
	tab.Expect("net::ERR_")
	tab.Do(chromedp.Navigate(other.URL))
	for name, script := range map[string]string{
		"reading":  `fetch('` + s.URL + `/console/users').then(r => r.text(), () => 'blocked')`,
		"blindly":  `fetch('` + s.URL + `/console/users', {mode: 'no-cors'}).then(r => r.text().then(t => t || 'blocked'), () => 'blocked')`,
		"watching": `new Promise(d => { const e = new EventSource('` + s.URL + `/console/events'); e.onopen = () => d('open'); e.onerror = () => { e.close(); d('blocked') } })`,
	} {
		if got := browsertest.Script[string](tab, script); got != "blocked" {
			t.Errorf("%s: %.80s", name, got)
		}
	}
}

// everyPage are the pages with something on them.
func everyPage(t *testing.T, s *testserver.Server, look func(name string, tab *browsertest.Tab), opts ...browsertest.Option) {
	t.Helper()
	tab := browsertest.Open(t, opts...)
	tab.Expect("status of 4")
	for _, path := range []string{
		"/console", "/console?show=refused", "/console/applications", "/console/applications/T_1kwjq0gTKGW6-g4O8OF", "/console/users", "/console/keys", "/console/token",
		"/console/sign-in", "/console/nothing",
	} {
		tab.Do(chromedp.Navigate(s.URL+path), chromedp.WaitVisible(chromedp.CSS("h1")))
		look(path, tab)
	}
	tab.Do(
		chromedp.Navigate(s.URL+"/console/token"), chromedp.SetValue(chromedp.CSS("#token"), mint(t, s, testserver.TokenSpec{ExpiresIn: ptr(int64(-60))})),
		chromedp.Click(chromedp.CSS("form button")), chromedp.WaitVisible(chromedp.CSS(".outcome.bad")),
	)
	look("a token", tab)
}

func TestBrowser_IsReadableOnAPhoneInLightAndDark(t *testing.T) {
	t.Parallel()
	s := start(t)
	tokens(t, s)
	refusedRequest(t, s)
	for name, scheme := range map[string]browsertest.Option{"light": browsertest.Light, "dark": browsertest.Dark} {
		everyPage(t, s, func(page string, tab *browsertest.Tab) {
			if over, element := tab.Overflows(); over > 0 {
				t.Errorf("%s, %s: %d pixels wider than the phone: %s", name, page, over, element)
			}
			if hidden := browsertest.Script[[]string](tab, `[...document.querySelectorAll('.sheet, table, pre')].filter(e => e.scrollWidth > e.clientWidth)
				.map(e => e.innerText.slice(0, 80))`); len(hidden) > 0 {
				t.Errorf("%s, %s: boxes that have to be moved sideways: %q", name, page, hidden)
			}
			if ratio, text := tab.Contrast(); ratio < 4.5 {
				t.Errorf("%s, %s: %q has a contrast of %.1f, want 4.5", name, page, text, ratio)
			}
		}, browsertest.Phone, scheme)
	}
}

func TestBrowser_AssistiveTechnologyFindsEverythingNamed(t *testing.T) {
	t.Parallel()
	s := start(t)
	tokens(t, s)
	everyPage(t, s, func(page string, tab *browsertest.Tab) {
		headings := 0
		for _, c := range tab.Controls() {
			if c.Role == "heading" {
				headings++
			}
			// Boxes that scroll have focus, and their text for a name.
			if c.Focusable && c.Name == "" && !slices.Contains([]string{"generic", "main", "Pre", "RootWebArea"}, c.Role) {
				t.Errorf("%s: a %s has no name", page, c.Role)
			}
		}
		if headings == 0 {
			t.Errorf("%s has no heading", page)
		}
	})
}

func TestBrowser_TheFirstTabSkipsTheNavigation(t *testing.T) {
	t.Parallel()
	s := start(t)
	tab := browsertest.Open(t)
	tab.Do(chromedp.Navigate(s.URL+"/console/users"), chromedp.WaitVisible(table), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	tab.Wait("the content has the focus", func() bool { return browsertest.Script[string](tab, "document.activeElement.id") == "content" })
	if status, _, _ := get(t, s, "/console/users"); status != http.StatusOK {
		t.Errorf("returns %d", status)
	}
}
