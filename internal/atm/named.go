package atm

import (
	"context"
	"fmt"
)

// ProjectAt finds a project by its suite's name and its own. The error is a
// [*NoSuchError] of the first of them that is not there.
func (c *Client) ProjectAt(ctx context.Context, suite, project string) (*Project, error) {
	in, err := c.SuiteNamed(ctx, suite)
	if err != nil {
		return nil, err
	}
	found, err := c.ProjectNamed(ctx, in.Id, project)
	if err != nil {
		return nil, fmt.Errorf("in suite %q: %w", suite, err)
	}
	return found, nil
}

// ApplicationAt finds an application by the names of its suite and its project
// and its own. The error is a [*NoSuchError] of the first of them that is not
// there.
func (c *Client) ApplicationAt(ctx context.Context, suite, project, application string) (*Application, error) {
	in, err := c.ProjectAt(ctx, suite, project)
	if err != nil {
		return nil, err
	}
	found, err := c.ApplicationNamed(ctx, in.Id, application)
	if err != nil {
		return nil, fmt.Errorf("in project %q: %w", suite+"/"+project, err)
	}
	return found, nil
}
