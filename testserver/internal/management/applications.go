package management

import (
	"context"
	"net/http"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const opCreateApplication = "createApplication"

func applicationBody(a store.Application) api.Application {
	if a.SecretHash == nil {
		a.SecretVersion = 0 // callers see whether there is a secret, the store counts on
	}
	return api.Application{
		Id: a.ID, Name: a.Name, SuiteId: a.SuiteID, ProjectId: a.ProjectID,
		AuthenticatorType: api.AuthenticatorType(a.AuthenticatorType), ClientId: a.ClientID,
		SecretVersion: int(a.SecretVersion), RedirectUrls: a.RedirectURLs, AllowedOrigins: a.AllowedOrigins,
		AccessTokenLifespan: int(a.AccessTokenLifespan), RefreshTokenLifespan: int(a.RefreshTokenLifespan),
		RefreshTokenGracePeriod: int(a.RefreshTokenGracePeriod), ManagementAccess: a.ManagementAccess,
		ClientAuthentication: api.ClientAuthentication(a.ClientAuthentication), IntrospectionAccess: a.IntrospectionAccess,
		FederatedCredentials: each(a.FederatedCredentials, credentialBody), PublicKeys: each(a.PublicKeys, keyBody),
		Etag: a.ETag, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt,
	}
}

// ListApplications lists the applications that the caller sees.
func (s *server) ListApplications(ctx context.Context, p api.ListApplicationsParams) (api.Response, error) {
	authenticatorType := (*string)(p.AuthenticatorType)
	l := listingOf("applications", p.Name, p.SuiteId, p.ProjectId, authenticatorType, p.Ids)
	filter := store.ApplicationFilter{
		Scope: callerFrom(ctx).scope(), Name: or(p.Name, ""), SuiteID: or(p.SuiteId, ""),
		ProjectID: or(p.ProjectId, ""), AuthenticatorType: or(authenticatorType, ""), IDs: or(p.Ids, nil),
	}
	found, next, err := pageOf(ctx, s, l, p.Limit, p.Cursor, (*store.Tx).Applications, filter)
	if err != nil {
		return nil, err
	}
	return document(http.StatusOK, api.ApplicationList{Items: each(found.Items, applicationBody), NextCursor: next, Total: found.Total})
}

// CreateApplication makes an application. The response holds the client
// secret that the server generated, if it has one.
func (s *server) CreateApplication(ctx context.Context, p api.CreateApplicationParams, body api.ApplicationCreate) (api.Response, error) {
	if err := callerFrom(ctx).mayCreateApplication(body.SuiteId, or(body.ManagementAccess, false)); err != nil {
		return nil, err
	}
	application, generated, err := s.newApplication(body)
	if err != nil {
		return nil, err
	}
	resp, err := s.once(ctx, request{operation: opCreateApplication, key: p.IdempotencyKey}, nil,
		func(tx *store.Tx, now time.Time) (*response, error) {
			made, err := tx.CreateApplication(application, now)
			if err != nil {
				return nil, err
			}
			shown := applicationBody(made)
			shown.ClientSecret = generated
			return created(store.ApplicationObject, made.ID, made.ETag, shown)
		})
	if err != nil {
		return nil, s.failed(ctx, store.ApplicationObject, s.misplaced(ctx, application.SuiteID, application.ProjectID, err))
	}
	return resp, nil
}

// newApplication checks a create and fills in what it leaves out. generated is
// the client secret to be shown, nil where one was given or there is none.
func (s *server) newApplication(b api.ApplicationCreate) (_ store.Application, generated *string, _ error) {
	a := store.Application{
		ID: random.ID(), ClientID: random.ClientID(), SuiteID: b.SuiteId, ProjectID: b.ProjectId, Name: b.Name,
		AuthenticatorType: string(b.AuthenticatorType),
		RedirectURLs:      or(b.RedirectUrls, nil), AllowedOrigins: or(b.AllowedOrigins, nil),
		AccessTokenLifespan:     int64(or(b.AccessTokenLifespan, validation.DefaultAccessTokenLifespan)),
		RefreshTokenLifespan:    int64(or(b.RefreshTokenLifespan, validation.DefaultRefreshTokenLifespan)),
		RefreshTokenGracePeriod: int64(or(b.RefreshTokenGracePeriod, validation.DefaultRefreshTokenGracePeriod)),
		ManagementAccess:        or(b.ManagementAccess, false),
		ClientAuthentication:    string(or(b.ClientAuthentication, rules.SecretAuthentication)),
		IntrospectionAccess:     or(b.IntrospectionAccess, false),
		FederatedCredentials:    credentialsFrom(or(b.FederatedCredentials, nil)),
		PublicKeys:              keysFrom(or(b.PublicKeys, nil)),
	}
	var errs fieldErrors
	errs.text("/name", &b.Name, validation.Name)
	errs.clientAuthentication(&a)
	secret := errs.firstSecret(&a, b.ClientSecret)
	errs.redirectURLs(&a)
	errs.origins(&a)
	errs.federatedCredentials(s.Trust(), &a)
	errs.publicKeys(s.Trust(), &a)
	if err := errs.err(); err != nil {
		return a, nil, err
	}
	a.SecretHash = secret.hash()
	return a, secret.generated(), nil
}

// GetApplication reads an application, without its secret.
func (s *server) GetApplication(ctx context.Context, id string) (api.Response, error) {
	application, err := s.Store.Direct(ctx).Application(id)
	if err != nil {
		return nil, s.failed(ctx, store.ApplicationObject, err)
	}
	if err := callerFrom(ctx).seesApplication(application); err != nil {
		return nil, err
	}
	return object(http.StatusOK, application.ETag, applicationBody(application))
}

// UpdateApplication changes what the patch names.
func (s *server) UpdateApplication(ctx context.Context, id string, p api.UpdateApplicationParams, body api.ApplicationPatch) (api.Response, error) {
	var next, application store.Application
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		cur, err := tx.ApplicationForUpdate(id)
		if err != nil {
			return err
		}
		next = patchedApplication(cur, body)
		if err := callerFrom(ctx).mayUpdateApplication(tx, cur, next); err != nil {
			return err
		}
		if err := ifMatch(p.IfMatch, cur.ETag); err != nil {
			return err
		}
		if err := s.checkApplicationPatch(body, &next); err != nil {
			return err
		}
		application, err = tx.UpdateApplication(next, s.Clock.Now())
		return err
	})
	if err != nil {
		return nil, s.failed(ctx, store.ApplicationObject, s.misplaced(ctx, next.SuiteID, next.ProjectID, err))
	}
	return object(http.StatusOK, application.ETag, applicationBody(application))
}

// checkApplicationPatch checks what a patch sends, and only that: a field that
// was stored under older rules does not fail a patch of another one.
func (s *server) checkApplicationPatch(p api.ApplicationPatch, next *store.Application) error {
	var errs fieldErrors
	errs.text("/name", p.Name, validation.Name)
	if p.RedirectUrls.IsSpecified() {
		errs.redirectURLs(next)
	}
	if p.AllowedOrigins.IsSpecified() {
		errs.origins(next)
	}
	if p.ClientAuthentication.IsSpecified() || p.IntrospectionAccess.IsSpecified() {
		errs.clientAuthentication(next)
	}
	becomesPublic := p.ClientAuthentication.IsSpecified() && next.ClientAuthentication == rules.NoAuthentication
	if p.FederatedCredentials.IsSpecified() || becomesPublic {
		errs.federatedCredentials(s.Trust(), next)
	}
	if p.PublicKeys.IsSpecified() || becomesPublic {
		errs.publicKeys(s.Trust(), next)
	}
	return errs.err()
}

func patchedApplication(a store.Application, p api.ApplicationPatch) store.Application {
	a.Name = replace(p.Name, a.Name)
	a.SuiteID = replace(p.SuiteId, a.SuiteID)
	a.ProjectID = replace(p.ProjectId, a.ProjectID)
	a.RedirectURLs = merge(p.RedirectUrls, a.RedirectURLs, nil)
	a.AllowedOrigins = merge(p.AllowedOrigins, a.AllowedOrigins, nil)
	a.AccessTokenLifespan = int64(merge(p.AccessTokenLifespan, int(a.AccessTokenLifespan), validation.DefaultAccessTokenLifespan))
	a.RefreshTokenLifespan = int64(merge(p.RefreshTokenLifespan, int(a.RefreshTokenLifespan), validation.DefaultRefreshTokenLifespan))
	a.RefreshTokenGracePeriod = int64(merge(p.RefreshTokenGracePeriod, int(a.RefreshTokenGracePeriod), validation.DefaultRefreshTokenGracePeriod))
	a.ManagementAccess = merge(p.ManagementAccess, a.ManagementAccess, false)
	a.ClientAuthentication = string(merge(p.ClientAuthentication,
		api.ApplicationPatchClientAuthentication(a.ClientAuthentication), rules.SecretAuthentication))
	a.IntrospectionAccess = merge(p.IntrospectionAccess, a.IntrospectionAccess, false)
	if p.FederatedCredentials.IsSpecified() {
		a.FederatedCredentials = credentialsFrom(merge(p.FederatedCredentials, nil, nil))
	}
	if p.PublicKeys.IsSpecified() {
		a.PublicKeys = keysFrom(merge(p.PublicKeys, nil, nil))
	}
	return a
}

// DeleteApplication deletes an application that has no users.
func (s *server) DeleteApplication(ctx context.Context, id string, p api.DeleteApplicationParams) (api.Response, error) {
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		cur, err := tx.ApplicationForUpdate(id)
		if err != nil {
			return err
		}
		if err := callerFrom(ctx).mayTouchApplication(tx, cur); err != nil {
			return err
		}
		if err := ifMatch(p.IfMatch, cur.ETag); err != nil {
			return err
		}
		return tx.DeleteApplication(cur.ID)
	})
	return done(), s.failed(ctx, store.ApplicationObject, err)
}
