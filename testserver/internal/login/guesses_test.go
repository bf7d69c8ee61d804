package login_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
)

const (
	root    = "unassigned@example.com"
	checked = "This account cannot be used with this application."
)

// limited is as the program starts the server.
func limited(t *testing.T, opts ...testserver.Option) *testserver.Server {
	t.Helper()
	return start(t, openShop(t), "", append(opts, testserver.WithRateLimit(0, 0))...)
}

// guess sends wrong passwords, and returns the last status.
func (v *visitor) guess(n int, email string) int {
	v.t.Helper()
	fields := v.form(v.get(opened))
	fields.Set("email", email)
	fields.Set("password", "wrong password")
	status := 0
	for range n {
		status = v.post(fields).StatusCode
	}
	return status
}

func (v *visitor) signsIn(email string) bool {
	v.t.Helper()
	return v.signIn(opened, email, password).StatusCode == http.StatusSeeOther
}

// refused signs in with the right password, and wants it unevaluated.
func (v *visitor) refused(email string) {
	v.t.Helper()
	response := v.signIn(opened, email, password)
	if response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" || !strings.Contains(response.problem(), "not checked") {
		v.t.Errorf("%s: the right password returns %s: %s", email, response.Status, response.problem())
	}
}

func TestGuessing_AHundredGuessesAnHourAreEvaluated(t *testing.T) {
	t.Parallel()
	s := limited(t)
	attacker := visit(t, s)
	attacker.guess(60, email)
	s.Clock.Advance(30 * time.Minute)
	attacker.guess(39, email)
	if !visit(t, s).signsIn(email) { // the right password is no guess
		t.Fatal("the right password is refused after 99 guesses")
	}
	attacker.guess(1, strings.ToUpper(email))
	attacker.refused(email)
	visit(t, s).refused(" Admin@Gmail.com ")
	for range 20 {
		attacker.refused(email) // which tells the attacker nothing, and costs no guess
	}
	if !visit(t, s).signsInElsewhere() {
		t.Error("another account is refused")
	}
	s.Clock.Advance(30*time.Minute + time.Second)
	if attacker.guess(59, email); !visit(t, s).signsIn(email) {
		t.Error("the right password is refused an hour after the first guesses")
	}
	attacker.guess(1, email)
	visit(t, s).refused(email)
}

// signsInElsewhere reports whether another account's password is evaluated.
func (v *visitor) signsInElsewhere() bool {
	v.t.Helper()
	return strings.Contains(v.signIn(opened, root, password).problem(), checked)
}

func TestGuessing_DoesNotTellWhichAccountsExist(t *testing.T) {
	t.Parallel()
	var told [2]string
	for i, who := range []string{email, "nobody@example.com"} {
		s := limited(t)
		s.Clock.Freeze(time.Now())
		v := visit(t, s)
		var all strings.Builder
		for range 105 {
			response := v.signIn(opened, who, "wrong password")
			all.WriteString(response.Status + response.Header.Get("Retry-After") + response.problem() + "\n")
		}
		told[i] = all.String()
	}
	if told[0] != told[1] {
		t.Errorf("an account that exists:\n%s\none that does not:\n%s", told[0], told[1])
	}
}

func TestGuessing_NoClientLocksOutABrowserThatHasSignedIn(t *testing.T) {
	t.Parallel()
	s := limited(t)
	known, other := visit(t, s), visit(t, s)
	if !known.signsIn(email) || !other.signsIn(email) {
		t.Fatal("not signed in")
	}
	attacker := visit(t, s)
	attacker.guess(150, email)
	attacker.refused(email)
	if known.guess(19, email); !known.signsIn(email) {
		t.Fatal("the known device is locked out by others")
	}
	if known.guess(20, email); known.signsIn(email) {
		t.Error("the known device has more than 20 guesses")
	}
	if !other.signsIn(email) {
		t.Error("another known device is locked out")
	}
	s.Clock.Advance(time.Hour)
	if !known.signsIn(email) {
		t.Error("an hour later, the known device is still locked out")
	}
}

func TestGuessing_TheDeviceIsKnownForOneAccountOnly(t *testing.T) {
	t.Parallel()
	s := limited(t, testserver.WithSelfSignedTLS(""))
	v := visit(t, s)
	var device *http.Cookie
	for _, c := range v.signIn(opened, email, password).Cookies() {
		if strings.Contains(c.Name, "device") {
			device = c
		}
	}
	if device == nil || !device.HttpOnly || !device.Secure || !strings.HasPrefix(device.Name, "__Host-") || device.MaxAge < 3600 ||
		device.SameSite != http.SameSiteLaxMode || strings.Contains(device.Value, "D7aaqWe34vWj") {
		t.Fatalf("the device's cookie is %v", device)
	}
	visit(t, s).guess(100, root)
	if v.signsInElsewhere() {
		t.Error("the device is known for another account as well")
	}
	visit(t, s).guess(100, email)
	for name, value := range map[string]string{
		"no signature": strings.SplitN(device.Value, ".", 2)[0] + ".", "another device": "x" + device.Value, "nothing": "", "a dot": ".",
	} {
		forger := visit(t, s)
		fields := forger.form(forger.get(opened))
		fields.Set("email", email)
		fields.Set("password", password)
		own := forger.client.Jar.Cookies(forger.get(opened).Request.URL)
		cookies := device.Name + "=" + value
		for _, c := range own {
			cookies += "; " + c.Name + "=" + c.Value
		}
		forger.client.Jar = nil
		if response := forger.post(fields, "Cookie", cookies); response.StatusCode != http.StatusTooManyRequests {
			t.Errorf("%s: %s", name, response.Status)
		}
	}
	if !v.signsIn(email) {
		t.Error("the real device is not known")
	}
}

func TestGuessing_ReplicasShareTheBudget(t *testing.T) {
	t.Parallel()
	database := testserver.WithDatabaseURL(postgrestest.URL(t))
	shop := openShop(t)
	one := start(t, shop, "", database, testserver.WithRateLimit(0, 0), testserver.WithPublicURL("http://atm.example.com"))
	two := start(t, shop, "", database, testserver.WithRateLimit(0, 0), testserver.WithPublicURL("http://atm.example.com"))
	known := visit(t, one)
	if !known.signsIn(email) {
		t.Fatal("not signed in")
	}
	visit(t, one).guess(50, email)
	visit(t, two).guess(50, email)
	visit(t, one).refused(email)
	visit(t, two).refused(email)
	known.server = two
	if !known.signsIn(email) {
		t.Error("the other replica does not know the device")
	}
}

func TestGuessing_IsNotLimitedUnlessAsked(t *testing.T) {
	t.Parallel()
	s := start(t, openShop(t), "")
	v := visit(t, s)
	if status := v.guess(150, email); status != http.StatusForbidden {
		t.Errorf("guess 150 returns %d", status)
	}
	response := v.signIn(opened, email, password)
	if response.StatusCode != http.StatusSeeOther {
		t.Errorf("the right password returns %s", response.Status)
	}
	for _, c := range response.Cookies() {
		if strings.Contains(c.Name, "device") {
			t.Errorf("a device is remembered: %v", c)
		}
	}
}
