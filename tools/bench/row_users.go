package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// usersRow counts the requests of one atm_application_users.
func usersRow(ctx context.Context, b *bench) ([]finding, error) {
	s, err := b.startServer(ctx, "--test-controls")
	if err != nil {
		return nil, err
	}
	defer s.Stop() //nolint:errcheck // the run has what it needs from it
	w, err := b.newWorkspace(ctx, b.made.provider, oneWithUsers(b.objects), b.profiling(s.Environ(), "provider")...)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(w.Dir)

	var found []finding
	for _, step := range []struct {
		what, beyond string
		run          func(context.Context, *workspace) error
		// others are the objects' own requests, which the goal leaves out.
		others []string
	}{
		{
			"apply", "in addition to the creation of users, suite, project and application",
			func(ctx context.Context, w *workspace) error { _, err := w.apply(ctx); return err },
			[]string{"POST /api/v1/users", "POST /api/v1/suites", "POST /api/v1/projects", "POST /api/v1/applications"},
		},
		{
			"no-change plan", "in addition to the reads of users, suite, project and application",
			func(ctx context.Context, w *workspace) error { _, err := w.plan(ctx); return err },
			[]string{"GET /api/v1/users", "GET /api/v1/suites", "GET /api/v1/projects", "GET /api/v1/applications"},
		},
	} {
		ran := step.run(ctx, w)
		sent, err := s.requests(ctx)
		if err := errors.Join(ran, err); err != nil {
			return found, fmt.Errorf("%s: %w", step.what, err)
		}
		own := requests{}
		for name, n := range sent {
			if name = strings.TrimSuffix(name, "/*"); !slices.Contains(step.others, name) {
				own[name] += n
			}
		}
		found = append(found, finding{
			what: fmt.Sprintf("API requests of the %s of one `atm_application_users` with %d users, %s", step.what, b.objects, step.beyond),
			ours: own.String(), figure: fmt.Sprintf("%d of %d", own.total(), sent.total()), goal: "at most 5", met: own.total() <= 5,
		}.print())
	}
	return found, nil
}
