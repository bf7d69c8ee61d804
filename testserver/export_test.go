package testserver

import "context"

// Sweep removes what has expired, as the server does every five minutes.
func (s *Server) Sweep(ctx context.Context) { s.sweep(ctx, "test") }
