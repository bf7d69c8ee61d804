package console

import (
	"errors"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// number reads a NumericDate (RFC 7519 §2).
func number(members map[string]any, name string) (time.Time, bool) {
	n, ok := members[name].(float64)
	// Beyond the year 9999 is no time that a token means.
	if !ok || n < 0 || n > 253_402_300_799 {
		return time.Time{}, false
	}
	return time.Unix(int64(n), 0).UTC(), true
}

// relative says how far from now a time is.
func relative(t, now time.Time) string {
	d := t.Sub(now)
	switch {
	case d >= time.Second:
		return "in " + span(int64(d.Seconds()))
	case d <= -time.Second:
		return span(int64(-d.Seconds())) + " ago"
	}
	return "now"
}

func (i *inspecting) checkTime() error {
	const name = "Time"
	if i.claims == nil {
		return i.say(name, Skipped, "")
	}
	for _, m := range []moment{
		{Claim: "iat", Means: "issued"}, {Claim: "nbf", Means: "valid from"}, {Claim: "exp", Means: "expires"}, {Claim: "auth_time", Means: "signed in"},
	} {
		if t, ok := number(i.claims, m.Claim); ok {
			m.When, m.Relative = at(t), relative(t, i.now)
			i.Times = append(i.Times, m)
		}
	}
	expires, ok := number(i.claims, "exp")
	if !ok {
		return i.say(name, Failed, "exp is missing, or is no time.")
	}
	if notBefore, ok := number(i.claims, "nbf"); ok && i.now.Before(notBefore) {
		return i.say(name, Failed, "It is valid "+relative(notBefore, i.now)+".")
	}
	if i.now.Unix() >= expires.Unix() {
		return i.say(name, Failed, "It expired "+relative(expires, i.now)+".")
	}
	return i.say(name, Passed, "It expires "+relative(expires, i.now)+".")
}

// checkSignIn looks at what the token came from: its application, its user, and
// whether its family was revoked.
func (i *inspecting) checkSignIn() error {
	if i.Kind != accessToken && i.Kind != idToken {
		for _, name := range []string{"Application", "User", "Revocation"} {
			_ = i.say(name, Skipped, "")
		}
		return nil
	}
	tx := i.console.config.Store.Direct(i.ctx)
	audience := text(i.claims, "aud")
	application, err := tx.Application(audience)
	if i.Kind == idToken {
		application, err = tx.ApplicationByClientID(audience)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err != nil {
		_ = i.say("Application", Failed, "aud is no application of this server.")
	} else {
		_ = i.say("Application", Passed, "aud is "+application.Name+".")
	}
	family, _, _ := strings.Cut(text(i.claims, "jti"), ".")
	userID := ""
	if scope, ok := i.claims["scope"].(map[string]any); ok {
		userID = text(scope, "id")
	}
	if i.Kind == idToken {
		family, userID = text(i.claims, "sid"), text(i.claims, "sub")
	}
	return i.checkFamily(tx, application.ID, family, userID)
}

func (i *inspecting) checkFamily(tx *store.Tx, applicationID, familyID, userID string) error {
	grant, err := tx.GrantByFamily(familyID)
	if errors.Is(err, store.ErrNotFound) {
		_ = i.say("User", Skipped, "")
		return i.say("Revocation", Failed, "The sign-in that it came from is unknown here: it was another server's, or its last token has expired.")
	}
	if err != nil {
		return err
	}
	switch s := grant.Subject; {
	case grant.Family.UserID != userID:
		_ = i.say("User", Failed, "It is not the user who signed in.")
	case userID == "":
		_ = i.say("User", Passed, "None: the application signed in for itself.")
	case s == nil:
		_ = i.say("User", Failed, "The user was deleted.")
	case !s.Enabled:
		_ = i.say("User", Failed, s.Email+" is disabled.")
	case !s.Assigned:
		_ = i.say("User", Failed, s.Email+" is not assigned to the application.")
	case !s.AssignmentEnabled:
		_ = i.say("User", Failed, s.Email+" is switched off for the application.")
	default:
		_ = i.say("User", Passed, s.Email+", enabled for the application.")
	}
	switch f := grant.Family; {
	case f.ApplicationID != applicationID:
		return i.say("Revocation", Failed, "It is not what this sign-in was given: the application differs.")
	case !f.RevokedAt.IsZero():
		return i.say("Revocation", Failed, "Revoked "+relative(f.RevokedAt, i.now)+": "+f.RevokedReason+".")
	}
	return i.say("Revocation", Passed, "Not revoked.")
}
