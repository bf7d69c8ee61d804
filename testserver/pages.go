package testserver

import (
	"github.com/go-chi/chi/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/console"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/login"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
)

// pages are the rooms that people look at.
type pages struct {
	login *login.Page
	// console and feed are nil without WithConsole.
	console *console.Console
	feed    *console.Feed
}

// furnishPages opens the rooms that people look at.
func (s *Server) furnishPages() (err error) {
	c := s.config
	verifier := login.NewVerifier(login.VerifierConfig{
		Store: s.store, Passwords: s.rooms.passwords, Limiter: s.rooms.limiter, Clock: c.clock, Secret: s.ring.Secret,
		PublicURL: s.PublicURL,
	})
	s.rooms.login, err = login.New(login.Config{
		Store: s.store, OAuth: s.rooms.oauth, Verifier: verifier, Secret: s.ring.Secret, PublicURL: s.PublicURL,
		Clock: c.clock, OnEvent: s.observeToken, Logger: c.logger,
	})
	if err != nil || !c.console {
		return err
	}
	s.rooms.feed = console.NewFeed()
	s.rooms.console, err = console.New(console.Config{
		Store: s.store, Keys: s.ring, OAuth: s.rooms.oauth, Feed: s.rooms.feed, Verifier: verifier, Clock: c.clock,
		PublicURL: s.PublicURL, Closing: s.closing.Done(), RotateEvery: c.rotateEvery, Version: c.version, Logger: c.logger,
	})
	return err
}

// mountPages serves what uses the store in one router, and the console's stream
// of events in another: Reset waits for the requests of the first, and a stream
// does not end by itself.
func (s *Server) mountPages(quick, streams chi.Router) {
	quick.Handle(oauth.PathAuthorize, s.rooms.login)
	if s.rooms.console != nil {
		quick.Mount(console.Path, s.rooms.console.Pages())
		streams.Handle(console.EventsPath, s.rooms.console.Events())
	}
}
