package oauth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Logout is a request that was granted to end a sign-in.
type Logout struct {
	// ApplicationName is the application that asked, empty where the request
	// named none.
	ApplicationName string
	// Ended reports whether the request named a sign-in, whose tokens are
	// revoked.
	Ended bool
	// RedirectTo is where the browser is to be sent, empty where the request
	// named no URL.
	RedirectTo string
}

// logoutLimits are the parameters of a logout request and their bounds in bytes.
var logoutLimits = map[string]int{
	"id_token_hint": maxToken, "client_id": maxText, "post_logout_redirect_uri": maxText, "state": maxState,
}

// Logout ends the sign-in that an id token is from (OpenID Connect RP-Initiated
// Logout 1.0 §2): it revokes the token family, and returns where the browser goes
// then. There is no session of the browser to end.
//
// Its error is an *Error, which is to be shown, or the server's own.
func (s *Server) Logout(ctx context.Context, form url.Values) (*Logout, error) {
	event := Event{Endpoint: EndpointLogout, At: s.clock.Now(), Status: http.StatusOK}
	out, err := s.logout(ctx, form, &event)
	var refusal *Error
	switch {
	case errors.As(err, &refusal):
		event.Status, event.Code, event.Reason = refusal.Status, refusal.Code, refusal.reason
	case err != nil:
		event.Status, event.Code, event.Reason, event.Err = http.StatusInternalServerError, codeServerError, ReasonServerError, err
	case out.RedirectTo != "":
		event.Status = http.StatusSeeOther
	}
	s.onEvent(ctx, event)
	return out, err
}

func (s *Server) logout(ctx context.Context, form url.Values, event *Event) (*Logout, error) {
	params := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(logoutLimits)) {
		value, problem := readOne(form, []string{name}, logoutLimits[name])
		if problem != "" {
			return nil, invalidRequest(ReasonMalformed, "The parameter "+name+problem)
		}
		params[name] = value
	}
	event.ClientID = params["client_id"]
	hint, err := s.idTokenHint(ctx, params)
	if err != nil {
		return nil, err
	}
	out := &Logout{Ended: hint != nil}
	if params["client_id"] != "" || out.Ended {
		if err := s.logoutTarget(ctx, params, out, event); err != nil {
			return nil, err
		}
	} else if params["post_logout_redirect_uri"] != "" {
		return nil, invalidRequest(ReasonMalformed, "The parameter post_logout_redirect_uri needs id_token_hint or client_id.")
	}
	if hint == nil {
		return out, nil
	}
	event.FamilyID, event.UserID = hint.SessionID, hint.Subject
	_, err = s.store.Direct(ctx).EndFamily(hint.SessionID, "the user signed out", s.clock.Now())
	return out, err
}

// idTokenHint reads the id token of a logout request, expired or not (§2), or
// nil where there is none. It names the application where client_id does not.
func (s *Server) idTokenHint(ctx context.Context, params map[string]string) (*idClaims, error) {
	if params["id_token_hint"] == "" {
		return nil, nil
	}
	var claims idClaims
	ok, err := s.open(ctx, params["id_token_hint"], &claims)
	switch {
	case err != nil:
		return nil, fmt.Errorf("check an id token: %w", err)
	case !ok || claims.Issuer != s.issuer() || claims.SessionID == "":
		return nil, invalidRequest(ReasonWrongIDToken, "The parameter id_token_hint is not an id token of this server.")
	case params["client_id"] == "":
		params["client_id"] = claims.Audience
	case params["client_id"] != claims.Audience:
		return nil, invalidRequest(ReasonWrongApplication, "The id_token_hint was issued to another application than client_id.")
	}
	return &claims, nil
}

// logoutTarget finds the application, and where the browser goes: one of the
// application's redirect URLs.
func (s *Server) logoutTarget(ctx context.Context, params map[string]string, out *Logout, event *Event) error {
	application, err := s.store.Direct(ctx).ApplicationByClientID(params["client_id"])
	uri := params["post_logout_redirect_uri"]
	switch {
	case errors.Is(err, store.ErrNotFound):
		return invalidRequest(ReasonUnknownApplication, "No application has this client id.")
	case err != nil:
		return fmt.Errorf("look up an application: %w", err)
	case uri != "" && !isRedirectURL(application.RedirectURLs, uri):
		return invalidRequest(ReasonWrongRedirect, "The parameter post_logout_redirect_uri is not one of the application's redirect URLs.")
	}
	event.ApplicationID, out.ApplicationName, out.RedirectTo = application.ID, application.Name, uri
	if uri != "" && params["state"] != "" {
		out.RedirectTo = withQuery(uri, url.Values{"state": {params["state"]}})
	}
	return nil
}
