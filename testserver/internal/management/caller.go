package management

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/bearer"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// caller is the user whose access token a request carries, as the store has
// him at this request.
type caller struct {
	id, email, role, suiteID, projectID string
	// applicationID and clientID are those of the application that the access
	// token was issued to.
	applicationID, clientID string
}

type callerKey struct{}

func withCaller(ctx context.Context, c caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerFrom(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller) // the zero value may do nothing
	return c
}

func (s *server) authenticate(r *http.Request) (caller, error) {
	token, found := bearer.Token(r)
	switch {
	case !found && len(r.Header.Values("Authorization")) == 0:
		return caller{}, problem.Unauthorized("")
	case !found:
		return caller{}, problem.Unauthorized("The Authorization header must be: Bearer <access token>.")
	}
	t, err := s.Authenticate(r.Context(), token)
	switch {
	case errors.Is(err, ErrInvalidToken):
		return caller{}, problem.Unauthorized(sentence(err))
	case err != nil:
		return caller{}, fmt.Errorf("verify the access token: %w", err)
	case !t.ManagementAccess:
		return caller{}, problem.NoManagementAccess("The application of this access token has no management access.")
	case t.UserID == "":
		return caller{}, problem.NoManagementAccess("The access token has no user; the management API requires one.")
	}
	u, err := s.Store.Direct(r.Context()).User(t.UserID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return caller{}, problem.Unauthorized("The user of the access token no longer exists.")
	case err != nil:
		return caller{}, fmt.Errorf("read the caller: %w", err)
	case !u.Enabled:
		return caller{}, problem.Unauthorized("The user of the access token is disabled.")
	}
	return caller{
		id: u.ID, email: u.Email, role: u.Role, suiteID: u.SuiteID, projectID: u.ProjectID,
		applicationID: t.ApplicationID, clientID: t.ClientID,
	}, nil
}

// sentence makes an error's text one that can be shown.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
