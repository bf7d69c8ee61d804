package oauth

import (
	"errors"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func (v *verification) checkIssuer() (string, error) {
	if v.Claims == nil {
		return "", errSkipped
	}
	switch text(v.Claims, "iss") {
	case Issuer:
		v.Kind = AccessToken
		return "iss is atm: an access token.", nil
	case v.server.issuer():
		v.Kind = IDToken
		return "iss is this server's public URL: an id token.", nil
	case "":
		return "", failure("iss is missing.")
	}
	return "", failure("iss is neither atm, as in access tokens, nor " + v.server.issuer() + ", as in id tokens.")
}

// isOurs reports whether the token names this server as its issuer.
func (v *verification) isOurs() bool { return v.Kind == AccessToken || v.Kind == IDToken }

func (v *verification) checkTime() (string, error) {
	if v.Claims == nil {
		return "", errSkipped
	}
	expires, ok := v.Time("exp")
	if !ok {
		return "", failure("exp is missing, or is no time.")
	}
	if notBefore, ok := v.Time("nbf"); ok && v.now.Before(notBefore) {
		return "", failure("It is not valid before " + moment(notBefore) + ".")
	}
	if v.now.Unix() >= expires.Unix() {
		return "", failure("It expired on " + moment(expires) + ".")
	}
	return "It has not expired.", nil
}

// Time reads a claim that is a NumericDate (RFC 7519 §2), in UTC.
func (i *Inspection) Time(claim string) (time.Time, bool) {
	n, ok := i.Claims[claim].(float64)
	// No token names a time beyond the year 9999.
	if !ok || n < 0 || n > 253_402_300_799 {
		return time.Time{}, false
	}
	return time.Unix(int64(n), 0).UTC(), true
}

// checkApplication reads the sign-in that the token is from, for this step and
// the next ones, and checks that aud is an application of this server.
func (v *verification) checkApplication() (string, error) {
	if !v.isOurs() {
		return "", errSkipped
	}
	tx := v.server.store.Direct(v.ctx)
	grant, err := tx.GrantByFamily(v.familyID())
	if err == nil {
		v.grant = &grant
	} else if !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	if v.isForItsApplication() && !v.forPeople {
		return "", nil
	}
	find := tx.Application
	if v.Kind == IDToken {
		find = tx.ApplicationByClientID
	}
	application, err := find(text(v.Claims, "aud"))
	if errors.Is(err, store.ErrNotFound) {
		return "", failure("aud is no application of this server.")
	}
	return "aud is " + application.Name + ".", err
}

// familyID is the token family of the sign-in.
func (v *verification) familyID() string {
	if v.Kind == IDToken {
		return text(v.Claims, "sid")
	}
	family, _, _ := strings.Cut(text(v.Claims, "jti"), ".")
	return family
}

// isForItsApplication reports whether aud is the application of the sign-in.
func (v *verification) isForItsApplication() bool {
	switch {
	case v.grant == nil:
		return false
	case v.Kind == IDToken:
		return text(v.Claims, "aud") == v.grant.Client.ClientID
	}
	return text(v.Claims, "aud") == v.grant.Client.ApplicationID
}

func (v *verification) userID() string {
	if v.Kind == IDToken {
		return text(v.Claims, "sub")
	}
	scope, _ := v.Claims["scope"].(map[string]any)
	return text(scope, "id")
}

func (v *verification) checkUser() (string, error) {
	if v.grant == nil {
		return "", errSkipped
	}
	user := v.grant.User
	switch {
	case v.grant.Family.UserID != v.userID():
		return "", failure("It is not the user who signed in.")
	case v.grant.Family.UserID == "":
		return "None: the application signed in for itself.", nil
	}
	switch mayUse(user) {
	case "":
		return user.Email + ", enabled for the application.", nil
	case ReasonUserDisabled:
		return "", failure(user.Email + " is disabled.")
	case ReasonNotAssigned:
		return "", failure(user.Email + " is not assigned to the application.")
	case ReasonAssignmentDisabled:
		return "", failure(user.Email + " is disabled for the application.")
	}
	return "", failure("The user was deleted.")
}

func (v *verification) checkRevocation() (string, error) {
	switch {
	case !v.isOurs():
		return "", errSkipped
	case v.grant == nil:
		return "", failure("The sign-in that it is from is unknown here: it was at another server, or its last token has expired.")
	case !v.isForItsApplication():
		return "", failure("The sign-in that it is from was for another application.")
	case !v.grant.Family.RevokedAt.IsZero():
		return "", failure("Revoked on " + moment(v.grant.Family.RevokedAt) + ": " + v.grant.Family.RevokedReason + ".")
	}
	return "Not revoked.", nil
}
