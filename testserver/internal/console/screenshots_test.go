package console_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
		tab.Settle()
		picture, err := png.Decode(bytes.NewReader(browsertest.Get(tab, chromedp.CaptureScreenshot())))
		if err != nil {
			t.Fatal(err)
		}
		var small bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, paletted(picture)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), small.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	look("console-light.png", "/console", "[data-state=live]", browsertest.Light)
	look("console-dark.png", "/console/keys", ".keys", browsertest.Dark)
	look("sign-in.png", "/login?clientId="+webClient+"&login_hint="+email, "form", browsertest.Light, browsertest.Window(640, 620))
}

// paletted is a picture with a palette, a quarter of the bytes: nearly all of a
// page is in a few dozen colours, and the rest are the edges of its letters.
func paletted(picture image.Image) image.Image {
	count := map[color.RGBA]int{}
	bounds := picture.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int { return count[b] - count[a] })
	var palette color.Palette
	for _, c := range colours[:min(len(colours), 256)] {
		palette = append(palette, c)
	}
	small := image.NewPaletted(bounds, palette)
	draw.Draw(small, bounds, picture, bounds.Min, draw.Src)
	return small
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
