package testserver

import (
	"context"
	"fmt"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

// Reset returns the server to what it was after its start: the seed and the
// administrator with the same credentials, the machine's time, the faults it
// was made with, an empty journal, new signing keys. Tokens issued before do
// not count any more. It waits for requests that use the store, but
// for no client: a request whose body is still arriving fails.
//
// On a store that others share it empties the store for all of them.
func (s *Server) Reset(ctx context.Context) error {
	s.resetting.Lock()
	defer s.resetting.Unlock()
	s.resetting.epoch++
	s.Clock.Reset()
	s.faults.Clear()
	s.journal.Clear()
	s.components.limiter.Reset()
	s.components.feed.Clear()
	s.setPublicURL(s.config.publicURL)
	for _, f := range s.config.faults {
		if _, err := s.faults.Add(testcontrol.Fault(f)); err != nil {
			return err
		}
	}
	if err := s.store.Reset(ctx); err != nil {
		return fmt.Errorf("reset the store: %w", err)
	}
	if err := s.keys.Reload(ctx); err != nil {
		return fmt.Errorf("reset the signing keys: %w", err)
	}
	return s.fill(ctx, *s.admin.Load())
}
