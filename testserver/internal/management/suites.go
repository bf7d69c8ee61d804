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
func (s *server) ListSuites(ctx context.Context, r api.ListSuitesRequestObject) (api.ListSuitesResponseObject, error) {
	p := r.Params
	l := listingOf("suites", p.Name, p.Ids)
	filter := store.SuiteFilter{Scope: callerFrom(ctx).scope(), Name: or(p.Name, ""), IDs: or(p.Ids, nil)}
	found, next, err := pageOf(ctx, s, l, p.Limit, p.Cursor, (*store.Tx).Suites, filter)
	if err != nil {
		return nil, err
	}
	return document(http.StatusOK, api.SuiteList{Items: each(found.Items, suiteBody), NextCursor: next, Total: found.Total})
}

// CreateSuite makes a suite.
func (s *server) CreateSuite(ctx context.Context, r api.CreateSuiteRequestObject) (api.CreateSuiteResponseObject, error) {
	if err := callerFrom(ctx).mayCreateSuite(); err != nil {
		return nil, err
	}
	var v verdict
	if v.text("/name", &r.Body.Name, validation.Name); v.err() != nil {
		return nil, v.err()
	}
	suite := store.Suite{ID: random.ID(), Name: r.Body.Name}
	a, err := s.once(ctx, request{operation: opCreateSuite, key: r.Params.IdempotencyKey}, nil,
		func(tx *store.Tx, now time.Time) (*answer, error) {
			made, err := tx.CreateSuite(suite, now)
			if err != nil {
				return nil, err
			}
			return created(store.SuiteObject, made.ID, made.ETag, suiteBody(made))
		})
	return a, s.failed(ctx, store.SuiteObject, err)
}

// GetSuite reads a suite.
func (s *server) GetSuite(ctx context.Context, r api.GetSuiteRequestObject) (api.GetSuiteResponseObject, error) {
	suite, err := s.Store.Direct(ctx).Suite(r.Id)
	if err != nil {
		return nil, s.failed(ctx, store.SuiteObject, err)
	}
	if err := callerFrom(ctx).seesSuite(suite.ID); err != nil {
		return nil, err
	}
	return object(http.StatusOK, suite.ETag, suiteBody(suite))
}

// UpdateSuite renames a suite.
func (s *server) UpdateSuite(ctx context.Context, r api.UpdateSuiteRequestObject) (api.UpdateSuiteResponseObject, error) {
	var suite store.Suite
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		cur, err := tx.SuiteForUpdate(r.Id)
		if err != nil {
			return err
		}
		if err := callerFrom(ctx).mayChangeSuite(cur.ID); err != nil {
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
		suite, err = tx.UpdateSuite(cur, s.Clock.Now())
		return err
	})
	if err != nil {
		return nil, s.failed(ctx, store.SuiteObject, err)
	}
	return object(http.StatusOK, suite.ETag, suiteBody(suite))
}

// DeleteSuite deletes an empty suite.
func (s *server) DeleteSuite(ctx context.Context, r api.DeleteSuiteRequestObject) (api.DeleteSuiteResponseObject, error) {
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		cur, err := tx.SuiteForUpdate(r.Id)
		if err != nil {
			return err
		}
		if err := callerFrom(ctx).mayDeleteSuite(cur.ID); err != nil {
			return err
		}
		if err := ifMatch(r.Params.IfMatch, cur.ETag); err != nil {
			return err
		}
		return tx.DeleteSuite(cur.ID)
	})
	return done(), s.failed(ctx, store.SuiteObject, s.notEmpty(ctx, store.SuiteObject, r.Id, "", err))
}
