package testserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/administrator"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/management"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/mint"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/observe"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/openapi"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
)

// components serve the requests.
type components struct {
	validator  *openapi.Validator
	management http.Handler
	oauth      *oauth.Server
	passwords  *password.Hasher
	limiter    *ratelimit.Limiter // nil: off
	minter     *mint.Minter
	issuers    *federation.Issuers
	pages
}

// compose opens the components on the store and fills it.
func (s *Server) compose(ctx context.Context) (err error) {
	c := s.config
	if s.components.validator, err = parsedValidator(); err != nil {
		return err
	}
	if s.keys, err = keys.Open(ctx, s.keyConfig()); err != nil {
		return err
	}
	s.components.passwords = password.New(c.passwords)
	if c.rateLimit != nil {
		limits := *c.rateLimit
		limits.Clock = c.clock
		s.components.limiter = ratelimit.New(limits)
	}
	s.components.minter = mint.New(s.keys)
	s.components.issuers = federation.NewIssuers(c.clock, c.privateIssuers)
	s.components.oauth, err = oauth.New(oauth.Config{
		Store: s.store, Keys: s.keys, Clock: c.clock, PublicURL: s.PublicURL, Limiter: s.components.limiter,
		Issuers: s.components.issuers,
		OnEvent: s.observeToken, Logger: c.logger,
	})
	if err != nil {
		return err
	}
	s.components.management = management.New(management.Config{
		Validator: s.components.validator, Store: s.store, Authenticate: s.authenticate, Keys: s.keys, Clock: c.clock,
		Passwords: s.components.passwords, Trust: s.trust, Logger: c.logger,
	})
	if err := s.composePages(); err != nil {
		return err
	}
	s.registerMetrics()
	return s.fill(ctx, administrator.Credentials{
		ClientID: c.admin.ClientID, ClientSecret: c.admin.ClientSecret, LoginID: c.admin.LoginID,
	})
}

func (s *Server) keyConfig() keys.Config {
	c := s.config
	return keys.Config{
		Store: s.store, Clock: c.clock, MasterKey: c.masterKey, MaxAge: c.jwksMaxAge, RotateEvery: c.rotateEvery,
		Immediate: c.jwksMaxAge == 0, Replicas: c.store.DatabaseURL != "", Initial: c.signingKey,
		Pool: &keys.Process, Logger: c.logger,
	}
}

// fill puts the administrator and the seed into the store.
func (s *Server) fill(ctx context.Context, wanted administrator.Credentials) error {
	got, err := administrator.Ensure(ctx, s.store, wanted, s.Clock.Now())
	if err != nil {
		return err
	}
	s.admin.Store(&got)
	if err := s.ensureInstanceID(ctx); err != nil {
		return err
	}
	if s.config.seed == nil {
		return nil
	}
	if err := s.config.seed.CheckTrust(s.trust()); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if err := s.config.seed.Apply(ctx, s.store, s.components.passwords, s.Clock.Now()); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	return nil
}

// trust is what issuers of assertions are allowed.
func (s *Server) trust() federation.Policy {
	return federation.Policy{AllowPrivate: s.config.privateIssuers, Issuer: s.PublicURL()}
}

// ensureInstanceID gives the store the instance id of the option or the seed,
// or a random one if it has none.
func (s *Server) ensureInstanceID(ctx context.Context) error {
	id, tx := s.config.instanceID, s.store.Direct(ctx)
	if id == "" && s.config.seed != nil {
		id = s.config.seed.InstanceID()
	}
	if id == "" {
		return tx.EnsureInstanceID(random.ID())
	}
	return tx.SetInstanceID(id)
}

// authenticate verifies an access token for the management API.
func (s *Server) authenticate(ctx context.Context, token string) (management.Token, error) {
	verified, err := s.components.oauth.Verify(ctx, token)
	if errors.Is(err, oauth.ErrInvalidToken) {
		// Both components begin the sentence in the same words.
		reason := strings.TrimPrefix(err.Error(), oauth.ErrInvalidToken.Error())
		return management.Token{}, fmt.Errorf("%w%s", management.ErrInvalidToken, reason)
	}
	if err != nil {
		return management.Token{}, err
	}
	observe.Note(ctx, slog.String("application", verified.Client.ApplicationID), slog.String("user", verified.Claims.Scope.ID))
	return management.Token{
		UserID: verified.Claims.Scope.ID, ApplicationID: verified.Client.ApplicationID, ClientID: verified.Client.ClientID,
		ManagementAccess: verified.Client.ManagementAccess,
	}, nil
}

// observeToken counts a request to the token endpoints, and adds to its line
// of the log what became of it.
func (s *Server) observeToken(ctx context.Context, e oauth.Event) {
	result := string(e.Reason)
	if e.OK() {
		result = "ok"
	}
	if m := s.config.metrics; m != nil {
		m.TokenRequest(e.Endpoint, e.GrantType, result)
	}
	s.components.feed.Add(ctx, e)
	note := []slog.Attr{slog.String("result", result)}
	for name, value := range map[string]string{"grant_type": e.GrantType, "application": e.ApplicationID, "user": e.UserID} {
		if value != "" {
			note = append(note, slog.String(name, value))
		}
	}
	observe.Note(ctx, note...)
}

func (s *Server) registerMetrics() {
	m := s.config.metrics
	if m == nil {
		return
	}
	m.Gauges("atm_build_info", "1, labelled with the version.", "version",
		func() map[string]float64 { return map[string]float64{s.config.version: 1} })
	m.Gauges("atm_signing_keys", "Signing keys in the JWKS by status.", "status", s.countKeys)
	m.Gauges("atm_rate_limited_keys", "Combinations of client, grant and address with counted failures.", "kind",
		func() map[string]float64 {
			if s.components.limiter == nil {
				return nil
			}
			return map[string]float64{"failures": float64(s.components.limiter.Len())}
		})
}

// countKeys counts signing keys by status, for a scrape. Where the store does
// not respond, the metric is left out.
func (s *Server) countKeys() map[string]float64 {
	ctx, cancel := context.WithTimeout(s.closing, readyWithin)
	defer cancel()
	infos, err := s.keys.Keys(ctx)
	if err != nil {
		return nil
	}
	count := map[string]float64{}
	for _, info := range infos {
		if info.Published {
			count[string(info.Status)]++
		}
	}
	return count
}
