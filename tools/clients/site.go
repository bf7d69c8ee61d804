package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// runSite runs a web site that signs its visitors in, and visits it with three
// browsers, between which the signing key is rotated.
func runSite(ctx context.Context, t *trial) error {
	return t.serving(ctx, func() error {
		for round := range 3 {
			if round > 0 {
				if err := t.server.rotate(ctx); err != nil {
					return err
				}
			}
			if err := t.visit(ctx); err != nil {
				return fmt.Errorf("after %d rotations: %w", round, err)
			}
		}
		return nil
	})
}

func (t *trial) visit(ctx context.Context) error {
	b, err := newBrowser(t.server.http)
	if err != nil {
		return err
	}
	paths := t.Visit
	if len(paths) == 0 {
		paths = []string{"/"}
	}
	var p *page
	for i, path := range paths {
		if i > 0 {
			time.Sleep(t.Pause)
		}
		if p, err = t.read(ctx, b, path); err != nil {
			return err
		}
	}
	if !strings.Contains(p.body, email) {
		return fmt.Errorf("%s does not know the user\n%s", p.url, p.text())
	}
	if t.Leave != "" {
		_, err = t.read(ctx, b, strings.ReplaceAll(t.Leave, "PORT", strconv.Itoa(t.port)))
	}
	return err
}

// read opens a page of the site that has to exist.
func (t *trial) read(ctx context.Context, b *browser, path string) (*page, error) {
	p, err := b.open(ctx, t.url(path))
	if err == nil && p.status != http.StatusOK {
		err = fmt.Errorf("%s leads to status %d at %s\n%s", path, p.status, p.url, p.text())
	}
	return p, err
}
