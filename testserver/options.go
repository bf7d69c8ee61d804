package testserver

import (
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/observe"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/seed"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

// Option changes how a server is made. Without any it listens on a free
// loopback port, keeps everything in memory, makes up an administrator, and
// leaves rate limits, the test-control API over HTTP and the console off.
type Option func(*config) error

// config is what the options add up to.
type config struct {
	listen        string
	listener      net.Listener
	publicURL     *url.URL
	tls           *tlsChoice
	clock         *Clock
	store         store.Options
	seed          *seed.Seed // nil without one
	admin         Admin
	instanceID    string // empty: the seed's, or the store's own
	masterKey     *keys.MasterKey
	signingKey    *rsa.PrivateKey
	rotateEvery   time.Duration
	jwksMaxAge    time.Duration
	faults        []Fault
	rateLimit     *ratelimit.Config
	controls      bool
	controlsToken string
	console       bool
	// privateIssuers permits issuers of assertions at private addresses.
	privateIssuers bool
	logger         *slog.Logger
	version        string
	metrics        Metrics // nil: none
	passwords      password.Params
	// defaultDatabase names the database of a server that was given no store; nil, or
	// an empty name, is in memory.
	defaultDatabase func() string
	// headerTimeout and bodyTimeout are how long a client may take to send
	// either, writeTimeout how long it may take to receive a response.
	headerTimeout, bodyTimeout, writeTimeout time.Duration
	// report gets what in a response is not as the contract says; nil leaves
	// responses unchecked.
	report func(error)
}

func newConfig(opts []Option) (*config, error) {
	c := &config{
		listen: "127.0.0.1:0", logger: slog.New(slog.DiscardHandler), version: "dev", passwords: password.Standard(),
		headerTimeout: headerTimeout, bodyTimeout: bodyTimeout, writeTimeout: writeTimeout,
	}
	for _, o := range opts {
		if err := o(c); err != nil {
			return nil, err
		}
	}
	if c.clock == nil {
		c.clock = NewClock()
	}
	if c.store.DataDir != "" && c.store.DatabaseURL != "" {
		return nil, errors.New("a data directory and a database URL cannot be used together")
	}
	if c.store.DataDir == "" && c.store.DatabaseURL == "" && c.defaultDatabase != nil {
		c.store.DatabaseURL = c.defaultDatabase()
	}
	return c, nil
}

// WithListen listens on that address (host:port; port 0 is a free one) instead
// of a free loopback port.
func WithListen(address string) Option {
	return func(c *config) error { c.listen = address; return nil }
}

// WithListener serves on a listener that exists, and closes it.
func WithListener(l net.Listener) Option {
	return func(c *config) error { c.listener = l; return nil }
}

// WithPublicURL sets the URL under which clients reach the server, where that
// is not the address that it listens on: behind a proxy, or in a container. It
// is the issuer of id tokens and what metadata and pages name.
func WithPublicURL(publicURL string) Option {
	return func(c *config) error {
		u, err := testcontrol.ParsePublicURL(publicURL)
		if err != nil {
			return fmt.Errorf("public URL %w", err)
		}
		c.publicURL = u
		return nil
	}
}

// WithTLS serves HTTPS with a certificate.
func WithTLS(certificate tls.Certificate) Option {
	return func(c *config) error {
		c.tls = &tlsChoice{certificate: &certificate}
		return nil
	}
}

// WithSelfSignedTLS serves HTTPS with a certificate of an authority of the
// server's own, which Server.Client trusts and Server.CA returns. With a data
// directory, the authority is kept there. caFile, unless empty, is where its
// certificate is written for others to trust.
func WithSelfSignedTLS(caFile string) Option {
	return func(c *config) error {
		c.tls = &tlsChoice{caFile: caFile}
		return nil
	}
}

// WithClock gives the server a clock that others have too. Without it, each
// server has one of its own, which begins at the machine's time.
func WithClock(clock *Clock) Option {
	return func(c *config) error { c.clock = clock; return nil }
}

// WithDataDir keeps everything in a file in that directory, which is made where
// it does not exist and belongs to one server at a time. Every change that the
// server confirmed survives the end of the process, however it ends.
func WithDataDir(dir string) Option {
	return func(c *config) error { c.store.DataDir = dir; return nil }
}

// WithDatabaseURL keeps everything in a PostgreSQL database, which several
// servers may share: postgres://user:password@host/database. The program has to
// import testserver/postgres.
func WithDatabaseURL(databaseURL string) Option {
	return func(c *config) error { c.store.DatabaseURL = databaseURL; return nil }
}

// WithSeed creates suites, projects, applications, users and assignments at the
// start, and again at Reset. It is YAML; examples/seed.yaml beside this package
// shows and explains all of it. Mistakes are reported with their lines.
func WithSeed(yaml string) Option {
	return func(c *config) error {
		return c.parseSeed("seed", []byte(yaml))
	}
}

// WithSeedFile is WithSeed with a file. Files that it names are sought beside it.
func WithSeedFile(file string) Option {
	return func(c *config) error {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("seed: %w", err)
		}
		return c.parseSeed(file, text)
	}
}

func (c *config) parseSeed(name string, text []byte) (err error) {
	if c.seed, err = seed.Parse(name, text); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	return nil
}

// WithAdmin gives the super admin's application and user instead of making them
// up. Empty fields are made up; Endpoint is ignored. On a store that has them
// already, what differs is updated. A user who has the login id and is not a
// super admin stops the start.
func WithAdmin(admin Admin) Option {
	return func(c *config) error { c.admin = admin; return nil }
}

// WithInstanceID sets the instance id that GET /api/v1/me returns: 8 to 64
// letters, digits, - and _. It takes precedence over the seed's. Without it, the
// server generates one for each new store, which its replicas and copies share
// and a reset keeps.
func WithInstanceID(id string) Option {
	return func(c *config) error {
		if err := validation.InstanceID(id); err != nil {
			return fmt.Errorf("instance id %w", err)
		}
		c.instanceID = id
		return nil
	}
}

// WithMasterKey encrypts private signing keys and shared secrets in the store
// (AES-256-GCM). The key is 32 bytes in base64 or hexadecimal. One that does not
// open what is stored stops the start.
func WithMasterKey(masterKey string) Option {
	return func(c *config) (err error) {
		c.masterKey, err = keys.ParseMasterKey(masterKey)
		return err
	}
}

// WithSigningKey signs with a given RSA key of 2,048 bits or more in a store
// that has no key yet, until it is rotated.
func WithSigningKey(key *rsa.PrivateKey) Option {
	return func(c *config) error { c.signingKey = key; return nil }
}

// WithKeyRotation makes the next signing key the current one whenever the
// current one has signed for that long, by the server's clock. Without it, keys
// are rotated only on demand.
func WithKeyRotation(every time.Duration) Option {
	return func(c *config) error {
		if every < time.Minute {
			return errors.New("the interval of key rotation must be a minute or more")
		}
		c.rotateEvery = every
		return nil
	}
}

// DefaultJWKSMaxAge is how long atm-testserver lets verifiers cache the JWKS.
const DefaultJWKSMaxAge = keys.DefaultMaxAge

// WithJWKSMaxAge allows verifiers to cache the JWKS for that long: then a
// rotation waits until the next key has been published for that time. Without
// it, verifiers have to ask each time, and RotateKey acts at once.
func WithJWKSMaxAge(maxAge time.Duration) Option {
	return func(c *config) error {
		if maxAge < time.Second {
			return errors.New("the JWKS' max-age must be a second or more")
		}
		c.jwksMaxAge = maxAge
		return nil
	}
}

// WithFaults arms faults from the first request on (see Server.Fail).
func WithFaults(faults ...Fault) Option {
	return func(c *config) error { c.faults = append(c.faults, faults...); return nil }
}

// WithRateLimit limits guessing, by the server's clock. After burst failures of
// one client, grant and address, one more is allowed every so often; zero values
// are 20 failures and 3 s. A right client secret is never limited. At most 100
// wrong passwords an hour for an account are evaluated from unknown devices, and
// 20 from each browser that has signed in before; beyond that, the server does
// not check a password.
func WithRateLimit(burst int, every time.Duration) Option {
	return func(c *config) error {
		c.rateLimit = &ratelimit.Config{Burst: burst, Every: every}
		return nil
	}
}

// WithTestControls opens the test-control API over HTTP, under /_test/: to
// clients that send the token as a bearer token, or, without a token, to
// processes of the same machine.
func WithTestControls(token string) Option {
	return func(c *config) error {
		c.controls, c.controlsToken = true, token
		return nil
	}
}

// WithConsole serves a read-only console for people at /console.
func WithConsole() Option {
	return func(c *config) error { c.console = true; return nil }
}

// WithFederationAllowPrivate permits issuers of assertions with http, on any port,
// and at private and loopback addresses. Link-local addresses stay refused. A
// server of Start permits them without this option.
func WithFederationAllowPrivate() Option {
	return func(c *config) error { c.privateIssuers = true; return nil }
}

// WithLogger gets one record for each request and what goes wrong. No secret,
// token or password is in it. Without it nothing is logged, but for faults of
// the server, which Start leaves in the test's log.
func WithLogger(logger *slog.Logger) Option {
	return func(c *config) error { c.logger = logger; return nil }
}

// WithVersion is what metrics and console name as the program's version.
func WithVersion(version string) Option {
	return func(c *config) error { c.version = version; return nil }
}

// Metrics counts what a server does, see testserver/metrics.
type Metrics = observe.Metrics

// WithMetrics serves metrics at /metrics, which is not found without it. It
// calls create once for each server. Package testserver/metrics has them for
// Prometheus.
func WithMetrics(create func() Metrics) Option {
	return func(c *config) error { c.metrics = create(); return nil }
}
