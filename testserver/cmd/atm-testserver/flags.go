package main

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/metrics"
	_ "github.com/tci-pf/terraform-provider-atm/testserver/postgres" // for --database-url
)

const description = `A reference server for ATM, the access-token manager: all token endpoints, a management API and a sign-in page in one program.

Without settings, the server listens on 127.0.0.1:8080, stores everything in memory, and generates an administrator, whose credentials it prints as shell lines. Some ways to run it:

  atm-testserver                                            a server for a first try
  atm-testserver --data-dir ./atm                           a server that stores its data in a directory
  atm-testserver --seed seed.yaml --test-controls           a server for tests with known contents
  atm-testserver exec -- terraform apply                    a server for the time of a command, which gets its address and credentials

Every flag has an environment variable, which is named beside it. Set a secret by its variable or a file: other users of the machine can see flags.`

// prefix is that of the environment variables.
const prefix = "ATM_TESTSERVER"

// masterKeyVariable has no flag: a list of processes must not show the key.
const masterKeyVariable = prefix + "_MASTER_KEY"

type flags struct {
	Serve struct{} `cmd:"" default:"1" help:"Run the server (the default command)."`
	Exec  struct {
		Command []string `arg:"" help:"The command and its arguments, after --."`
	} `cmd:"" help:"Run a command with a server of its own, on a free port unless --listen is set: atm-testserver exec [flags] -- COMMAND…. The command gets the server's address and the administrator's credentials in ATM_ENDPOINT, ATM_CLIENT_ID, ATM_CLIENT_SECRET and ATM_LOGIN_ID, and signals. Its exit status is that of the command, 128 plus its number if a signal ended the command, 127 if there is no such command, and 125 if the server fails; if the server cannot start, the command does not run."`
	Healthcheck struct{} `cmd:"" help:"Check whether the server at --listen is ready; the exit status is 0 if it is. For the health check of a container: it reads the same variables as the server."`

	Listen        string `group:"Address" placeholder:"HOST:PORT" help:"Address to listen on. Port 0 selects a free port; 0.0.0.0:8080 or :8080 listens on all addresses. Default: 127.0.0.1:8080; for exec, 127.0.0.1:0."`
	PublicURL     string `group:"Address" name:"public-url" placeholder:"URL" help:"URL of the server for its clients, if it differs from --listen (behind a proxy, in a container). It is the issuer of id tokens and the base of all URLs in metadata and pages."`
	TLSCert       string `group:"Address" name:"tls-cert" type:"path" placeholder:"FILE" help:"Certificate for HTTPS (PEM, followed by its chain)."`
	TLSKey        string `group:"Address" name:"tls-key" type:"path" placeholder:"FILE" help:"Private key of --tls-cert (PEM)."`
	TLSSelfSigned bool   `group:"Address" name:"tls-self-signed" help:"Serve HTTPS with a certificate that the server's own certification authority issues for localhost, --listen and --public-url. The server writes the authority's certificate to --tls-ca-file, for clients to trust."`
	TLSCAFile     string `group:"Address" name:"tls-ca-file" type:"path" placeholder:"FILE" help:"File to which --tls-self-signed writes the authority's certificate. Default: tls-ca.pem in --data-dir, or atm-testserver-ca.pem in the working directory."`

	DataDir       string `group:"Storage" type:"path" placeholder:"DIR" help:"Data directory (SQLite). The server creates it if it does not exist; only one process at a time can use it. Every change for which a response was sent survives a crash of the process. Default: in memory."`
	DatabaseURL   string `group:"Storage" name:"database-url" placeholder:"URL" help:"URL of a PostgreSQL database, which several servers can share: postgres://user@host/database. The password can be in PGPASSWORD or a password file, as for psql."`
	MasterKeyFile string `group:"Storage" type:"path" placeholder:"FILE" help:"File with the key that encrypts private signing keys and the server's other secrets in the store: 32 bytes in base64 or hexadecimal (openssl rand -base64 32). Alternatively, set ATM_TESTSERVER_MASTER_KEY to the key."`

	Seed                  string `group:"Contents" type:"path" placeholder:"FILE" help:"YAML file of suites, projects, applications, users and assignments to create at the start, or - for standard input. The server updates objects that exist; applying the same file again changes nothing."`
	AdminClientID         string `group:"Contents" name:"admin-client-id" placeholder:"ID" help:"Client id of the administrator's application, through which clients use the management API."`
	AdminClientSecret     string `group:"Contents" placeholder:"SECRET" help:"Its client secret: 32 to 128 printable ASCII characters."`
	AdminClientSecretFile string `group:"Contents" type:"path" placeholder:"FILE" help:"File with that secret."`
	AdminLoginID          string `group:"Contents" name:"admin-login-id" placeholder:"EMAIL" help:"Login id of the administrator. If the store has no administrator yet, the server generates what is missing of client id, client secret and login id, and prints it once."`
	InstanceID            string `group:"Contents" name:"instance-id" placeholder:"ID" help:"Id of this ATM, which GET /api/v1/me returns: 8 to 64 letters, digits, - and _. Default: instanceId of the seed, or an id that the server generates once for each store."`

	KeyRotationInterval time.Duration `group:"Tokens" default:"720h" placeholder:"DURATION" help:"Time between two rotations of the signing key; with 0 the server rotates only on demand. Default: ${default}."`
	RateLimit           string        `group:"Tokens" enum:"on,off" default:"on" placeholder:"on|off" help:"Limits for guessing. Passwords: the server evaluates at most 100 wrong passwords an hour for an account from unknown devices, and 20 from each browser that has signed in before; then it refuses without checking the password, so that a person's new device has to wait during an attack. Client secrets: after 20 failures of one client, grant and address, one more every 3 s; a request with the right client secret is never limited. on or off; default: ${default}."`

	FederationAllowPrivate bool `group:"Tokens" help:"Permit issuers of federated credentials with http, on any port, and at private and loopback addresses. Link-local addresses stay refused. Default: only https on port 443 of public addresses."`

	TestControls      bool   `group:"Tests" help:"Serve the test-control API under /_test/ (clock, faults, journal, reset, wrong tokens) for processes of this machine. A key rotation then takes effect immediately."`
	TestControlsToken string `group:"Tests" placeholder:"TOKEN" help:"Bearer token that opens the test-control API to clients outside this machine, as for a server in a container. Implies --test-controls."`

	Console   bool   `group:"Watching" help:"Serve a read-only console at /console: applications, token requests in real time, signing keys, and a page that verifies a token. No sign-in is needed on this machine; from other machines, and with a --public-url that is not a loopback address, only super admins can sign in."`
	LogFormat string `group:"Watching" enum:"text,json" default:"text" placeholder:"text|json" help:"Format of the log, text or json: on standard error, one line per request, without secrets. Default: ${default}."`
	LogLevel  string `group:"Watching" enum:",debug,info,warn,error" default:"" placeholder:"LEVEL" help:"Level of the log: debug, info, warn or error. Default: info; for exec, warn."`
	Print     string `group:"Watching" enum:",env,json" default:"" placeholder:"env|json" help:"Format of the line that the server writes to standard output when it is ready, with its URL and generated credentials, so that a script can wait for it: env (for eval) or json (an object of the same variables). ATM_ENDPOINT is --public-url if that is set. Default: a line for each variable."`

	StopOnStdinClose bool          `group:"Ending" help:"Stop when standard input is closed, so that the server ends with the process that started it."`
	ShutdownTimeout  time.Duration `group:"Ending" default:"8s" placeholder:"DURATION" help:"Time that requests in progress have to finish after SIGTERM, SIGINT or SIGHUP; docker stop waits 10 s. Default: ${default}."`

	Version kong.VersionFlag `env:"-" help:"Print the version and exit."`
}

// complete sets what is not set to its default for serve, or for exec.
func (f *flags) complete(forExec bool) {
	listen, level := "127.0.0.1:8080", "info"
	if forExec {
		listen, level = "127.0.0.1:0", "warn"
	}
	f.Listen, f.LogLevel = cmp.Or(f.Listen, listen), cmp.Or(f.LogLevel, level)
}

// options maps the flags to those of the package.
func (f *flags) options() ([]testserver.Option, error) {
	opts := []testserver.Option{testserver.WithListen(f.Listen), testserver.WithVersion(programVersion()),
		metrics.WithPrometheus(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))}
	add := func(when bool, o func() testserver.Option) {
		if when {
			opts = append(opts, o())
		}
	}
	add(f.PublicURL != "", func() testserver.Option { return testserver.WithPublicURL(f.PublicURL) })
	add(f.DataDir != "", func() testserver.Option { return testserver.WithDataDir(f.DataDir) })
	add(f.DatabaseURL != "", func() testserver.Option { return testserver.WithDatabaseURL(f.DatabaseURL) })
	add(f.Seed != "" && f.Seed != stdin, func() testserver.Option { return testserver.WithSeedFile(f.Seed) })
	add(f.InstanceID != "", func() testserver.Option { return testserver.WithInstanceID(f.InstanceID) })
	add(f.KeyRotationInterval != 0, func() testserver.Option { return testserver.WithKeyRotation(f.KeyRotationInterval) })
	add(f.RateLimit == "on", func() testserver.Option { return testserver.WithRateLimit(0, 0) })
	add(f.testControls(), func() testserver.Option { return testserver.WithTestControls(f.TestControlsToken) })
	// Verifiers cache; a test that rotates a key wants to see the new one.
	add(!f.testControls(), func() testserver.Option { return testserver.WithJWKSMaxAge(testserver.DefaultJWKSMaxAge) })
	add(f.Console, testserver.WithConsole)
	add(f.FederationAllowPrivate, testserver.WithFederationAllowPrivate)

	for _, more := range []func() (testserver.Option, error){f.seed, f.admin, f.masterKey, f.tls} {
		o, err := more()
		if err != nil {
			return nil, err
		}
		add(o != nil, func() testserver.Option { return o })
	}
	return opts, nil
}

func (f *flags) testControls() bool { return f.TestControls || f.TestControlsToken != "" }

// stdin is the name of standard input as a file.
const stdin = "-"

// seed reads a seed from standard input.
func (f *flags) seed() (testserver.Option, error) {
	switch {
	case f.Seed != stdin:
		return nil, nil
	case f.StopOnStdinClose:
		return nil, errors.New("--seed - and --stop-on-stdin-close cannot be used together: both read standard input")
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return nil, fmt.Errorf("--seed -: read standard input: %w", err)
	}
	return testserver.WithSeed(string(text)), nil
}

func (f *flags) admin() (testserver.Option, error) {
	secret, err := either("--admin-client-secret", f.AdminClientSecret, "--admin-client-secret-file", f.AdminClientSecretFile)
	if err != nil {
		return nil, err
	}
	f.AdminClientSecret = secret
	admin := testserver.Admin{ClientID: f.AdminClientID, ClientSecret: secret, LoginID: f.AdminLoginID}
	return testserver.WithAdmin(admin), nil
}

func (f *flags) masterKey() (testserver.Option, error) {
	key, err := either(masterKeyVariable, os.Getenv(masterKeyVariable), "--master-key-file", f.MasterKeyFile)
	if err != nil || key == "" {
		return nil, err
	}
	return testserver.WithMasterKey(key), nil
}

// either reads a secret that was given directly or by a file, not both.
func either(name, value, fileName, file string) (string, error) {
	switch {
	case file == "":
		return value, nil
	case value != "":
		return "", fmt.Errorf("%s and %s cannot be used together", name, fileName)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", fileName, err)
	}
	secret := strings.TrimRight(string(content), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("%s: %s is empty", fileName, file)
	}
	return secret, nil
}

func (f *flags) tls() (testserver.Option, error) {
	given := f.TLSCert != "" || f.TLSKey != ""
	switch {
	case given && f.TLSSelfSigned:
		return nil, errors.New("--tls-self-signed and --tls-cert cannot be used together")
	case given && (f.TLSCert == "" || f.TLSKey == ""):
		return nil, errors.New("--tls-cert and --tls-key have to be set together: one of them is missing")
	case f.TLSCAFile != "" && !f.TLSSelfSigned:
		return nil, errors.New("--tls-ca-file needs --tls-self-signed")
	case given:
		certificate, err := tls.LoadX509KeyPair(f.TLSCert, f.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
		}
		return testserver.WithTLS(certificate), nil
	case f.TLSSelfSigned:
		return testserver.WithSelfSignedTLS(f.caFile()), nil
	}
	return nil, nil
}

// caFile is where --tls-self-signed writes its authority's certificate.
func (f *flags) caFile() string {
	switch {
	case f.TLSCAFile != "":
		return f.TLSCAFile
	case f.DataDir != "":
		return filepath.Join(f.DataDir, testserver.CAFileName)
	}
	return "atm-testserver-ca.pem"
}
