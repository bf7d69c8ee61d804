package testserver

import (
	"github.com/go-chi/chi/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/console"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/login"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
)

// pages are the components that people look at.
type pages struct {
	login *login.Page
	// console and feed are nil without WithConsole.
	console *console.Console
	feed    *console.Feed
}

// composePages opens the components that people look at.
func (s *Server) composePages() (err error) {
	c := s.config
	verifier := login.NewVerifier(login.VerifierConfig{
		Store: s.store, Passwords: s.components.passwords, Limiter: s.components.limiter, Clock: c.clock, Secret: s.keys.Secret,
		PublicURL: s.PublicURL,
	})
	s.components.login, err = login.New(login.Config{
		Store: s.store, OAuth: s.components.oauth, Verifier: verifier, Secret: s.keys.Secret, PublicURL: s.PublicURL,
		Clock: c.clock, OnEvent: s.observeToken, Logger: c.logger,
	})
	if err != nil || !c.console {
		return err
	}
	s.components.feed = console.NewFeed()
	s.components.console, err = console.New(console.Config{
		Store: s.store, Keys: s.keys, OAuth: s.components.oauth, Feed: s.components.feed, Verifier: verifier, Clock: c.clock,
		PublicURL: s.PublicURL, Closing: s.closing.Done(), RotateEvery: c.rotateEvery, Version: c.version, Logger: c.logger,
	})
	return err
}

// mountPages serves what uses the store in one router, and the console's stream
// of events in another: Reset waits for the requests of the first, and a stream
// does not end before its client leaves.
func (s *Server) mountPages(quick, streams chi.Router) {
	quick.Handle(oauth.PathAuthorize, s.components.login)
	quick.Handle(oauth.PathLogout, s.components.login.Logout())
	if s.components.console != nil {
		quick.Mount(console.Path, s.components.console.Pages())
		streams.Handle(console.EventsPath, s.components.console.Events())
	}
}
