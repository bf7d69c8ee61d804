package console

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
)

// inspection is a token as the page shows it.
type inspection struct {
	// Kind is "Access token", "ID token", or "Token" for one that is neither.
	Kind oauth.TokenKind
	// Header and Claims are indented JSON, empty where they cannot be read.
	Header, Claims string
	Times          []moment
	Checks         []oauth.Result
}

// moment is a time that a token names.
type moment struct {
	Claim, Means, When, Relative string
}

// Valid reports whether every check passed.
func (i *inspection) Valid() bool {
	return !slices.ContainsFunc(i.Checks, func(c oauth.Result) bool { return c.State != oauth.Passed })
}

// FirstFailed returns the check that decides, nil where none failed.
func (i *inspection) FirstFailed() *oauth.Result {
	for n := range i.Checks {
		if i.Checks[n].State == oauth.Failed {
			return &i.Checks[n]
		}
	}
	return nil
}

// inspect shows the steps of oauth's verification of a token, and what that
// verification says to the management API and to introspection. An error is a
// fault of the server.
func (c *Console) inspect(ctx context.Context, token string) (*inspection, error) {
	found, err := c.config.OAuth.Inspect(ctx, token)
	if err != nil {
		return nil, err
	}
	shown := &inspection{
		Kind: found.Kind, Header: indent(found.Header), Claims: indent(found.Payload),
		Times: times(found, c.config.Clock.Now()), Checks: found.Results,
	}
	if found.Kind == oauth.AccessToken {
		byServer := oauth.Result{Step: "This server", State: oauth.Passed, Detail: "Introspection returns active."}
		if _, err = c.config.OAuth.Verify(ctx, token); errors.Is(err, oauth.ErrInvalidToken) {
			byServer.State, byServer.Detail, err = oauth.Failed, "Introspection calls it inactive.", nil
		}
		shown.Checks = append(shown.Checks, byServer)
	}
	return shown, err
}

func times(found *oauth.Inspection, now time.Time) []moment {
	var out []moment
	for _, m := range []moment{
		{Claim: "iat", Means: "issued"}, {Claim: "nbf", Means: "valid from"}, {Claim: "exp", Means: "expires"}, {Claim: "auth_time", Means: "signed in"},
	} {
		if t, ok := found.Time(m.Claim); ok {
			m.When, m.Relative = at(t), relative(t, now)
			out = append(out, m)
		}
	}
	return out
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

// indent lays JSON out in lines; what is no JSON object is not shown.
func indent(raw []byte) string {
	lines, err := strictjson.Indent(raw)
	if err != nil || !bytes.HasPrefix(lines, []byte("{")) {
		return ""
	}
	return string(lines)
}
