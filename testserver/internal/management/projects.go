package management

import (
	"context"
	"net/http"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const opCreateProject = "createProject"

func projectBody(p store.Project) api.Project {
	return api.Project{
		Id: p.ID, Name: p.Name, SuiteId: p.SuiteID, Etag: p.ETag, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
}

// ListProjects lists the projects that the caller sees.
func (s *server) ListProjects(ctx context.Context, p api.ListProjectsParams) (api.Response, error) {
	l := listingOf("projects", p.Name, p.SuiteId, p.Ids)
	filter := store.ProjectFilter{
		Scope: callerFrom(ctx).scope(), Name: or(p.Name, ""), SuiteID: or(p.SuiteId, ""), IDs: or(p.Ids, nil),
	}
	found, next, err := pageOf(ctx, s, l, p.Limit, p.Cursor, (*store.Tx).Projects, filter)
	if err != nil {
		return nil, err
	}
	return document(http.StatusOK, api.ProjectList{Items: each(found.Items, projectBody), NextCursor: next, Total: found.Total})
}

// CreateProject makes a project in a suite.
func (s *server) CreateProject(ctx context.Context, p api.CreateProjectParams, body api.ProjectCreate) (api.Response, error) {
	if err := callerFrom(ctx).mayCreateProject(body.SuiteId); err != nil {
		return nil, err
	}
	var errs fieldErrors
	if errs.text("/name", &body.Name, validation.Name); errs.err() != nil {
		return nil, errs.err()
	}
	project := store.Project{ID: random.ID(), SuiteID: body.SuiteId, Name: body.Name}
	resp, err := s.once(ctx, request{operation: opCreateProject, key: p.IdempotencyKey}, nil,
		func(tx *store.Tx, now time.Time) (*response, error) {
			made, err := tx.CreateProject(project, now)
			if err != nil {
				return nil, err
			}
			return created(store.ProjectObject, made.ID, made.ETag, projectBody(made))
		})
	if err != nil {
		return nil, s.failed(ctx, store.ProjectObject, s.misplaced(ctx, project.SuiteID, "", err))
	}
	return resp, nil
}

// GetProject reads a project.
func (s *server) GetProject(ctx context.Context, id string) (api.Response, error) {
	project, err := s.Store.Direct(ctx).Project(id)
	if err != nil {
		return nil, s.failed(ctx, store.ProjectObject, err)
	}
	if err := callerFrom(ctx).seesProject(project); err != nil {
		return nil, err
	}
	return object(http.StatusOK, project.ETag, projectBody(project))
}

// UpdateProject renames a project.
func (s *server) UpdateProject(ctx context.Context, id string, p api.UpdateProjectParams, body api.ProjectPatch) (api.Response, error) {
	var project store.Project
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		cur, err := tx.ProjectForUpdate(id)
		if err != nil {
			return err
		}
		if err := callerFrom(ctx).mayChangeProject(cur); err != nil {
			return err
		}
		if err := ifMatch(p.IfMatch, cur.ETag); err != nil {
			return err
		}
		var errs fieldErrors
		if errs.text("/name", body.Name, validation.Name); errs.err() != nil {
			return errs.err()
		}
		cur.Name = replace(body.Name, cur.Name)
		project, err = tx.UpdateProject(cur, s.Clock.Now())
		return err
	})
	if err != nil {
		return nil, s.failed(ctx, store.ProjectObject, err)
	}
	return object(http.StatusOK, project.ETag, projectBody(project))
}

// DeleteProject deletes an empty project.
func (s *server) DeleteProject(ctx context.Context, id string, p api.DeleteProjectParams) (api.Response, error) {
	var cur store.Project
	err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if cur, err = tx.ProjectForUpdate(id); err != nil {
			return err
		}
		if err := callerFrom(ctx).mayChangeProject(cur); err != nil {
			return err
		}
		if err := ifMatch(p.IfMatch, cur.ETag); err != nil {
			return err
		}
		return tx.DeleteProject(cur.ID)
	})
	return done(), s.failed(ctx, store.ProjectObject, s.notEmpty(ctx, store.ProjectObject, cur.SuiteID, cur.ID, err))
}
