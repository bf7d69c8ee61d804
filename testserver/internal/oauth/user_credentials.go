package oauth

import (
	"errors"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// userCredentials is ATM's own grant (ATM: user-credentials page): the
// application's secret signs in as any user who is enabled for it.
func (s *Server) userCredentials(c *call) (any, *Error) {
	if refusal := c.needClientID(); refusal != nil {
		return nil, refusal
	}
	loginID := c.get(paramLoginID)
	if loginID == "" {
		return nil, invalidRequest(ReasonMalformed, "login_id (or loginId), the user's email address, is missing.")
	}
	grant, err := s.store.Direct(c.ctx).GrantByLogin(c.get(paramClientID), loginID)
	if err != nil {
		return nil, c.failed("look up", err)
	}
	if refusal := s.authenticate(c, grant.Client); refusal != nil {
		return nil, refusal
	}
	if refusal := needType(grant.Client, rules.UserCredentials); refusal != nil {
		return nil, refusal
	}
	if grant.User != nil {
		c.event.UserID = grant.User.UserID
	}
	if reason := mayUse(grant.User); reason != "" {
		return nil, invalidUser(reason)
	}
	place, err := s.keys.Admit()
	if err != nil {
		return nil, c.failed("admit", err)
	}
	defer place.Leave()
	response, family, refusal := s.begin(c, signIn{
		place: place, client: grant.Client, user: grant.User, authTime: c.now,
	})
	if refusal != nil {
		return nil, refusal
	}
	return s.storeFamily(c, response, family)
}

// invalidUser is one response for a user who does not exist, is disabled, is not
// assigned, or is not enabled for the application.
func invalidUser(reason Reason) *Error {
	return invalidGrant(reason, "The user is unknown, disabled, or not enabled for this application.")
}

// storeFamily makes a response count.
func (s *Server) storeFamily(c *call, response *tokenResponse, family *store.TokenFamily) (any, *Error) {
	create := func(tx *store.Tx) error { return tx.CreateFamily(*family) }
	err := s.storeIssue(c, create)
	if reason := refusedFamily(err); reason != "" {
		return nil, invalidUser(reason)
	}
	if err != nil {
		return nil, c.failed("store the token family", err)
	}
	return response, nil
}

// storeIssue makes an issue of tokens count, and with it the assertion that asked
// for it. Without one, create is one statement.
func (s *Server) storeIssue(c *call, create func(*store.Tx) error) error {
	if c.assertion == nil {
		return create(s.store.Direct(c.ctx))
	}
	return s.store.Write(c.ctx, func(tx *store.Tx) error {
		if err := c.useAssertion(tx); err != nil {
			return err
		}
		return create(tx)
	})
}

// refusedFamily tells why a family was not stored, where application, user or
// assignment have changed since they were looked up.
func refusedFamily(err error) Reason {
	switch {
	case errors.Is(err, store.ErrReference):
		return ReasonUnknownUser
	case errors.Is(err, store.ErrNotEnabled):
		return ReasonUserDisabled
	}
	return ""
}
