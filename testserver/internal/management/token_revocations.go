package management

import (
	"context"
	"errors"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const opRevokeTokens = "revokeTokens"

// RevokeTokens ends token families, and with them the access tokens.
func (s *server) RevokeTokens(ctx context.Context, p api.RevokeTokensParams, body api.TokenRevocation) (api.Response, error) {
	userID, applicationID := or(body.UserId, ""), or(body.ApplicationId, "")
	who := callerFrom(ctx)
	return s.once(ctx, request{operation: opRevokeTokens, key: p.IdempotencyKey},
		func(tx *store.Tx) error { return mayRevoke(tx, who, userID, applicationID) },
		func(tx *store.Tx, now time.Time) (*response, error) {
			_, err := tx.EndFamilies(userID, applicationID, "revoked by management", now)
			return done(), err
		})
}

// mayRevoke needs the right to change the user or the application. Where both
// are named either right is enough, and both must be there to be seen.
func mayRevoke(tx *store.Tx, who caller, userID, applicationID string) error {
	switch {
	case applicationID == "":
		return mayRevokeUser(tx, who, userID)
	case userID == "":
		return mayRevokeApplication(tx, who, applicationID)
	}
	byApplication, byUser := mayRevokeApplication(tx, who, applicationID), mayRevokeUser(tx, who, userID)
	switch {
	case isFault(byApplication):
		return byApplication
	case isFault(byUser):
		return byUser
	case byApplication == nil && !isNotFound(byUser), byUser == nil && !isNotFound(byApplication):
		return nil
	case byApplication != nil:
		return byApplication
	}
	return byUser
}

func mayRevokeUser(tx *store.Tx, who caller, id string) error {
	u, err := tx.User(id)
	if err == nil {
		err = who.mayTouchUser(u)
	}
	return pointTo(err, "user", "/userId")
}

func mayRevokeApplication(tx *store.Tx, who caller, id string) error {
	a, err := tx.Application(id)
	if err == nil {
		err = who.mayTouchApplication(tx, a)
	}
	return pointTo(err, "application", "/applicationId")
}

// pointTo says which field names what the caller does not see.
func pointTo(err error, what, pointer string) error {
	if errors.Is(err, store.ErrNotFound) || isNotFound(err) {
		return problem.NotFound(what, problem.Field{Pointer: pointer, Detail: "names no " + what})
	}
	return err
}

// isFault tells a fault of the server from a decision of the policy.
func isFault(err error) bool {
	var p *problem.Error
	return err != nil && !errors.As(err, &p)
}

func isNotFound(err error) bool {
	var p *problem.Error
	return errors.As(err, &p) && p.Status == 404
}
