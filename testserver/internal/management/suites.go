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

const opCreateSuite = "createSuite"

func suiteBody(s store.Suite) api.Suite {
	return api.Suite{Id: s.ID, Name: s.Name, Etag: s.ETag, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt}
}

// ListSuites lists the suites that the caller sees.
func (s *server) ListSuites(ctx context.Context, p api.ListSuitesParams) (api.Response, error) {
	l := listingOf("suites", p.Name, p.Ids)
	filter := store.SuiteFilter{Scope: callerFrom(ctx).scope(), Name: or(p.Name, ""), IDs: or(p.Ids, nil)}
	found, next, err := pageOf(ctx, s, l, p.Limit, p.Cursor, (*store.Tx).Suites, filter)
	if err != nil {
		return nil, err
	}
	return document(http.StatusOK, api.SuiteList{Items: each(found.Items, suiteBody), NextCursor: next, Total: found.Total})
}

// CreateSuite makes a suite.
func (s *server) CreateSuite(ctx context.Context, p api.CreateSuiteParams, body api.SuiteCreate) (api.Response, error) {
	if err := callerFrom(ctx).mayCreateSuite(); err != nil {
		return nil, err
	}
	var errs fieldErrors
	if errs.text("/name", &body.Name, validation.Name); errs.err() != nil {
		return nil, errs.err()
	}
	suite := store.Suite{ID: random.ID(), Name: body.Name}
	resp, err := s.once(ctx, request{operation: opCreateSuite, key: p.IdempotencyKey}, nil,
		func(tx *store.Tx, now time.Time) (*response, error) {
			made, err := tx.CreateSuite(suite, now)
			if err != nil {
				return nil, err
			}
			return created(store.SuiteObject, made.ID, made.ETag, suiteBody(made))
		})
	return resp, s.failed(ctx, store.SuiteObject, err)
}

// GetSuite reads a suite.
func (s *server) GetSuite(ctx context.Context, id string) (api.Response, error) {
	suite, err := s.Store.Direct(ctx).Suite(id)
	if err != nil {
		return nil, s.failed(ctx, store.SuiteObject, err)
	}
	if err := callerFrom(ctx).seesSuite(suite.ID); err != nil {
		return nil, err
	}
	return object(http.StatusOK, suite.ETag, suiteBody(suite))
}

// UpdateSuite renames a suite.
func (s *server) UpdateSuite(ctx context.Context, id string, p api.UpdateSuiteParams, body api.SuitePatch) (api.Response, error) {
	var suite store.Suite
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		cur, err := tx.SuiteForUpdate(id)
		if err != nil {
			return err
		}
		if err := callerFrom(ctx).mayChangeSuite(cur.ID); err != nil {
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
		suite, err = tx.UpdateSuite(cur, s.Clock.Now())
		return err
	})
	if err != nil {
		return nil, s.failed(ctx, store.SuiteObject, err)
	}
	return object(http.StatusOK, suite.ETag, suiteBody(suite))
}

// DeleteSuite deletes an empty suite.
func (s *server) DeleteSuite(ctx context.Context, id string, p api.DeleteSuiteParams) (api.Response, error) {
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		cur, err := tx.SuiteForUpdate(id)
		if err != nil {
			return err
		}
		if err := callerFrom(ctx).mayDeleteSuite(cur.ID); err != nil {
			return err
		}
		if err := ifMatch(p.IfMatch, cur.ETag); err != nil {
			return err
		}
		return tx.DeleteSuite(cur.ID)
	})
	return done(), s.failed(ctx, store.SuiteObject, s.notEmpty(ctx, store.SuiteObject, id, "", err))
}
