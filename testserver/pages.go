package testserver

import (
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/login"
)

// furnishPages opens the rooms that people look at.
func (s *Server) furnishPages() (err error) {
	verifier := login.NewVerifier(s.store, s.rooms.passwords, s.rooms.limiter)
	s.rooms.login, err = login.New(login.Config{
		Store: s.store, OAuth: s.rooms.oauth, Verifier: verifier, Secret: s.ring.Secret, PublicURL: s.PublicURL,
		Clock: s.config.clock, OnEvent: s.observeToken, Logger: s.config.logger,
	})
	return err
}
