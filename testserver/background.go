package testserver

import (
	"context"
	"errors"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// sweepEvery is how often what has expired is removed.
const sweepEvery = 5 * time.Minute

// startBackground starts the work that no request asks for. It ends with closing.
// Package keys looks after the signing keys.
func (s *Server) startBackground() {
	holder := random.ID()
	s.background.Go(func() {
		ticker := time.NewTicker(sweepEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				s.sweep(s.closing, holder)
			case <-s.closing.Done():
				return
			}
		}
	})
}

func (s *Server) sweep(ctx context.Context, holder string) {
	s.resetting.RLock()
	defer s.resetting.RUnlock()
	swept, err := s.store.Sweep(ctx, store.Sweep{Holder: holder, Now: s.Clock.Now()})
	if err != nil && !errors.Is(err, context.Canceled) {
		s.config.logger.ErrorContext(ctx, "remove what has expired", "error", err)
	}
	for kind, rows := range map[string]int64{
		"families": swept.Families, "codes": swept.Codes,
		"idempotency_records": swept.IdempotencyRecords,
		"console_sessions":    swept.ConsoleSessions, "password_guesses": swept.PasswordGuesses,
	} {
		if m := s.config.metrics; m != nil {
			m.Swept(kind, int(rows))
		}
	}
}
