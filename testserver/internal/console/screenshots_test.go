package console_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/browsertest"
)

// screenshotsVariable names the directory that the pictures of the server's
// README are written to.
const screenshotsVariable = "ATM_SCREENSHOTS"

// TestScreenshots makes the pictures of the server's README anew:
//
//	ATM_SCREENSHOTS="$PWD/testserver/docs/screenshots" go test -count=1 -run Screenshots ./testserver/internal/console
func TestScreenshots(t *testing.T) {
	dir := os.Getenv(screenshotsVariable)
	if dir == "" {
		t.Skip("pictures are made where " + screenshotsVariable + " names a directory")
	}
	s := liveliness(t)
	look := func(name, path string, ready chromedp.CSS, opts ...browsertest.Option) {
		tab := browsertest.Open(t, append([]browsertest.Option{browsertest.Window(1200, 760)}, opts...)...)
		tab.Do(chromedp.Navigate(s.URL+path), chromedp.WaitVisible(ready))
		picture := browsertest.Get(tab, chromedp.CaptureScreenshot())
		if err := os.WriteFile(filepath.Join(dir, name), picture, 0o644); err != nil { //nolint:gosec // a picture for everybody
			t.Fatal(err)
		}
	}
	look("console-light.png", "/console", "[data-state=live]", browsertest.Light)
	look("console-dark.png", "/console/keys", ".keys", browsertest.Dark)
	look("sign-in.png", "/login?clientId="+webClient+"&login_hint="+email, "form", browsertest.Light, browsertest.Window(640, 560))
}

// liveliness is a server in the middle of its day.
func liveliness(t *testing.T) *testserver.Server {
	t.Helper()
	clock := testserver.NewClock()
	clock.Set(time.Date(2026, 9, 5, 6, 0, 0, 0, time.UTC))
	s := start(t, testserver.WithClock(clock), testserver.WithKeyRotation(6*time.Hour))
	for range 2 {
		tokens(t, s)
		clock.Advance(2*time.Hour + 31*time.Minute)
		tokens(t, s)
		if _, err := s.RotateKey(t.Context()); err != nil {
			t.Fatal(err)
		}
		tokens(t, s)
	}
	clock.Advance(3*time.Minute + 17*time.Second)
	first := tokens(t, s)
	ask(t, s, "grant_type", "client_credentials", "client_id", serviceClient, "client_secret", secret)
	clock.Advance(41 * time.Second)
	ask(t, s, "grant_type", "client_credentials", "client_id", serviceClient, "client_secret", "not the secret of it at all")
	ask(t, s, "grant_type", "user_credentials", "client_id", m2mClient, "client_secret", secret, "login_id", "mai@example.com")
	clock.Advance(8 * time.Second)
	refresh := []string{"grantType", "refresh_token", "clientId", m2mClient, "refresh_token", first["refresh_token"].(string), "id_token", first["id_token"].(string)}
	ask(t, s, refresh...)
	ask(t, s, refresh...)
	clock.Advance(12 * time.Second)
	ask(t, s, "grant_type", "client_credentials", "client_id", serviceClient, "client_secret", secret)
	return s
}
