package oauth

import "github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"

// clientCredentials is RFC 6749 §4.4 (ATM: client-credentials page). Its
// response has neither refresh token nor id token.
func (s *Server) clientCredentials(c *call) (any, *Error) {
	client, refusal := s.authenticateClient(c)
	if refusal != nil {
		return nil, refusal
	}
	if refusal := needType(client, rules.ClientCredentials); refusal != nil {
		return nil, refusal
	}
	place, err := s.keys.Admit()
	if err != nil {
		return nil, c.failed("admit", err)
	}
	defer place.Leave()
	response, family, refusal := s.begin(c, signIn{place: place, client: client, authTime: c.now})
	if refusal != nil {
		return nil, refusal
	}
	return s.storeFamily(c, response, family)
}
