package atm

import (
	"context"
	"fmt"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// credential is what one sign-in authenticates its client with.
type credential struct {
	secret    string
	assertion *assertion.Source
	// id is equal for two credentials if ATM refuses the second where it refused the first.
	id string
}

// credential reads the secret or the assertion that another program may have replaced. Other assertions are got when
// they are sent; what ATM refuses of one of them it refuses of the next.
func (s *signIn) credential(ctx context.Context, failed string) (*credential, error) {
	switch {
	case s.assertion == nil:
		secret, err := s.secret.Read()
		if err != nil {
			return nil, &SignInError{Reason: s.source("client_secret"), Err: err}
		}
		s.client.redact.learn(secret)
		return &credential{secret: secret, id: secret}, nil
	case s.assertion.Rewritten:
		token, err := s.assertion.Assertion(ctx)
		if err != nil {
			return nil, &SignInError{Reason: failed, Err: err}
		}
		return &credential{assertion: s.assertion, id: token}, nil
	}
	return &credential{assertion: s.assertion}, nil
}

// explainClient says what to compare if ATM does not accept the client.
func (s *signIn) explainClient(with *credential) string {
	if with.assertion == nil {
		return fmt.Sprintf("%s %q and %s do not belong together, or the secret was rotated", s.source("client_id"), s.clientID, s.source("client_secret"))
	}
	return fmt.Sprintf("it does not accept the assertion of %s for %s %q. Compare %s of that application with the assertion (%s)",
		with.assertion.Name, s.source("client_id"), s.clientID, with.assertion.Trusted, with.assertion.Last())
}
