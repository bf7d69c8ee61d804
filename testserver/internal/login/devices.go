package login

import (
	"context"
	"crypto/hmac"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
)

// deviceLifespan is how long a browser is a known device after a sign-in.
const deviceLifespan = 365 * 24 * time.Hour

// devices tell browsers in which a user has signed in before from others, by a
// signed cookie for each account (OWASP, Slow Down Online Guessing Attacks with
// Device Cookies). The cookie signs no user in. It gives the browser guesses of
// its own, which no other client can use up.
type devices struct {
	// key returns the key that all replicas share.
	key       func(context.Context) ([]byte, error)
	publicURL func() string
}

const deviceCookie = "atm-device"

func (d devices) name(key []byte, userID string) string {
	name := deviceCookie + "-" + page.MAC(key, "account", userID)[:16]
	if page.IsHTTPS(d.publicURL()) {
		return "__Host-" + name
	}
	return name
}

// known returns the device's name, or nothing for an unknown one.
func (d devices) known(r *http.Request, userID string) (string, error) {
	key, err := d.key(r.Context())
	if err != nil {
		return "", fmt.Errorf("known devices: %w", err)
	}
	for _, c := range r.CookiesNamed(d.name(key, userID)) {
		device, signature, _ := strings.Cut(c.Value, ".")
		if device != "" && hmac.Equal([]byte(signature), []byte(d.sign(key, device, userID))) {
			return device, nil
		}
	}
	return "", nil
}

// remember gives the browser a new cookie, as OWASP asks for after each sign-in.
func (d devices) remember(w http.ResponseWriter, r *http.Request, userID string) error {
	key, err := d.key(r.Context())
	if err != nil {
		return fmt.Errorf("known devices: %w", err)
	}
	device := random.ID()
	http.SetCookie(w, &http.Cookie{
		Name: d.name(key, userID), Value: device + "." + d.sign(key, device, userID),
		// As for page.Forms: the whole host, and also when an application's
		// site led here.
		Path: "/", MaxAge: int(deviceLifespan.Seconds()),
		HttpOnly: true, Secure: page.IsHTTPS(d.publicURL()), SameSite: http.SameSiteLaxMode,
	})
	return nil
}

func (d devices) sign(key []byte, device, userID string) string {
	return page.MAC(key, "device", device+"\x00"+userID)
}
