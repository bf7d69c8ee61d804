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
func (s *server) ListProjects(ctx context.Context, r api.ListProjectsRequestObject) (api.ListProjectsResponseObject, error) {
	p := r.Params
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
func (s *server) CreateProject(ctx context.Context, r api.CreateProjectRequestObject) (api.CreateProjectResponseObject, error) {
	if err := callerFrom(ctx).mayCreateProject(r.Body.SuiteId); err != nil {
		return nil, err
	}
	var v verdict
	if v.text("/name", &r.Body.Name, validation.Name); v.err() != nil {
		return nil, v.err()
	}
	project := store.Project{ID: random.ID(), SuiteID: r.Body.SuiteId, Name: r.Body.Name}
	a, err := s.once(ctx, request{operation: opCreateProject, key: r.Params.IdempotencyKey}, nil,
		func(tx *store.Tx, now time.Time) (*answer, error) {
			made, err := tx.CreateProject(project, now)
			if err != nil {
				return nil, err
			}
			return created(store.ProjectObject, made.ID, made.ETag, projectBody(made))
		})
	if err != nil {
		return nil, s.failed(ctx, store.ProjectObject, s.misplaced(ctx, project.SuiteID, "", err))
	}
	return a, nil
}

// GetProject reads a project.
func (s *server) GetProject(ctx context.Context, r api.GetProjectRequestObject) (api.GetProjectResponseObject, error) {
	project, err := s.Store.Direct(ctx).Project(r.Id)
	if err != nil {
		return nil, s.failed(ctx, store.ProjectObject, err)
	}
	if err := callerFrom(ctx).seesProject(project); err != nil {
		return nil, err
	}
	return object(http.StatusOK, project.ETag, projectBody(project))
}

// UpdateProject renames a project.
func (s *server) UpdateProject(ctx context.Context, r api.UpdateProjectRequestObject) (api.UpdateProjectResponseObject, error) {
	var project store.Project
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		cur, err := tx.ProjectForUpdate(r.Id)
		if err != nil {
			return err
		}
		if err := callerFrom(ctx).mayChangeProject(cur); err != nil {
			return err
		}
		if err := ifMatch(r.Params.IfMatch, cur.ETag); err != nil {
			return err
		}
		var v verdict
		if v.text("/name", r.Body.Name, validation.Name); v.err() != nil {
			return v.err()
		}
		cur.Name = replace(r.Body.Name, cur.Name)
		project, err = tx.UpdateProject(cur, s.Clock.Now())
		return err
	})
	if err != nil {
		return nil, s.failed(ctx, store.ProjectObject, err)
	}
	return object(http.StatusOK, project.ETag, projectBody(project))
}

// DeleteProject deletes an empty project.
func (s *server) DeleteProject(ctx context.Context, r api.DeleteProjectRequestObject) (api.DeleteProjectResponseObject, error) {
	var cur store.Project
	err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if cur, err = tx.ProjectForUpdate(r.Id); err != nil {
			return err
		}
		if err := callerFrom(ctx).mayChangeProject(cur); err != nil {
			return err
		}
		if err := ifMatch(r.Params.IfMatch, cur.ETag); err != nil {
			return err
		}
		return tx.DeleteProject(cur.ID)
	})
	return done(), s.failed(ctx, store.ProjectObject, s.notEmpty(ctx, store.ProjectObject, cur.SuiteID, cur.ID, err))
}
