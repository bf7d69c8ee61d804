package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const description = `A reference server for ATM, the access-token manager: all its token endpoints, a management API, and a sign-in page, out of one program.

Without any setting it listens on 127.0.0.1:8080, keeps everything in memory, and makes up an administrator, whom it prints as lines for a shell. Some ways to run it:

  atm-testserver                                            a server to try things on
  atm-testserver --data-dir ./atm                           one that keeps what it is told
  atm-testserver --seed seed.yaml --test-controls           a test double with known contents
  atm-testserver --listen 127.0.0.1:0 --print env >atm.env & until [ -s atm.env ]; do sleep 0.1; done; . ./atm.env

Every flag has an environment variable, named beside it. What is a secret is better given by the variable or a file than by the flag, which other users of the machine can see.`

// prefix is that of the environment variables.
const prefix = "ATM_TESTSERVER"

// masterKeyVariable has no flag: the key is to stand in no list of processes.
const masterKeyVariable = prefix + "_MASTER_KEY"

type flags struct {
	Serve       struct{} `cmd:"" default:"1" help:"Run the server. This is what happens without a command."`
	Healthcheck struct{} `cmd:"" help:"Ask the server that listens on --listen whether it is ready, and exit with 0 if it is. For a container's health check: it reads the same variables."`

	Listen        string `group:"Address" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on. Port 0 is a free one; 0.0.0.0:8080 or :8080 is all addresses. Default: ${default}."`
	PublicURL     string `group:"Address" name:"public-url" placeholder:"URL" help:"URL under which clients reach the server, where that is not the address it listens on: behind a proxy, in a container. It is the issuer of id tokens, and what metadata and pages name."`
	TLSCert       string `group:"Address" name:"tls-cert" type:"path" placeholder:"FILE" help:"Serve HTTPS with this certificate (PEM, the chain after it)."`
	TLSKey        string `group:"Address" name:"tls-key" type:"path" placeholder:"FILE" help:"Private key of --tls-cert (PEM)."`
	TLSSelfSigned bool   `group:"Address" name:"tls-self-signed" help:"Serve HTTPS with a certificate of an authority of the server's own, for localhost, --listen and --public-url. Its certificate is written to --tls-ca-file for clients to trust."`
	TLSCAFile     string `group:"Address" name:"tls-ca-file" type:"path" placeholder:"FILE" help:"Where --tls-self-signed writes its authority's certificate. Default: tls-ca.pem in --data-dir, or atm-testserver-ca.pem in the working directory."`

	DataDir       string `group:"Storage" type:"path" placeholder:"DIR" help:"Keep everything in this directory (SQLite), which is made where it does not exist and belongs to one process at a time. What was answered survives the end of the process, however it ends. Default: in memory."`
	DatabaseURL   string `group:"Storage" name:"database-url" placeholder:"URL" help:"Keep everything in a PostgreSQL database, which several servers may share: postgres://user@host/database. The password may stand in PGPASSWORD or a password file, as for psql."`
	MasterKeyFile string `group:"Storage" type:"path" placeholder:"FILE" help:"File with the key that encrypts private signing keys and the server's other secrets in the store: 32 bytes in base64 or hexadecimal (openssl rand -base64 32). Or the key itself in ATM_TESTSERVER_MASTER_KEY."`

	Seed                  string `group:"Contents" type:"path" placeholder:"FILE" help:"YAML file of suites, projects, applications, users and assignments to create at the start. What exists already is updated; the same file again changes nothing."`
	AdminClientID         string `group:"Contents" name:"admin-client-id" placeholder:"ID" help:"Client id of the administrator's application, through which the management API is used."`
	AdminClientSecret     string `group:"Contents" placeholder:"SECRET" help:"Its client secret: 32 to 128 printable ASCII characters."`
	AdminClientSecretFile string `group:"Contents" type:"path" placeholder:"FILE" help:"File with that secret."`
	AdminLoginID          string `group:"Contents" name:"admin-login-id" placeholder:"EMAIL" help:"The administrator's login id. What of these three is missing is made up when the store has no administrator yet, and printed once."`
	InstanceID            string `group:"Contents" name:"instance-id" placeholder:"ID" help:"Id of this ATM, which GET /api/v1/me returns: 8 to 64 letters, digits, - and _. Default: the seed's instanceId, or one that is generated once for each store."`

	KeyRotationInterval time.Duration `group:"Tokens" default:"720h" placeholder:"DURATION" help:"How long a signing key signs before the next one follows; 0 rotates on demand alone. Default: ${default}."`
	RateLimit           string        `group:"Tokens" enum:"on,off" default:"on" placeholder:"on|off" help:"Limit guessing. Passwords: at most 100 wrong ones an hour for an account are evaluated from unknown devices, and 20 from each browser that has signed in before; beyond that, no password is checked, so that a person's new device waits during an attack. Client secrets: after 20 failures of one client, grant and address, one more every 3 s; a right client secret is never limited. on or off; default: ${default}."`

	TestControls      bool   `group:"Tests" help:"Open the test controls under /_test/ (clock, faults, journal, reset, wrong tokens) to processes of this machine. Key rotation then acts at once."`
	TestControlsToken string `group:"Tests" placeholder:"TOKEN" help:"Open the test controls to whoever sends this token as a bearer instead, so that they work in a container. Implies --test-controls."`

	Console   bool   `group:"Watching" help:"Serve a read-only console at /console: applications, token requests as they happen, keys, and a box that verifies a pasted token. Open to this machine; elsewhere, and with a --public-url that is not loopback's, super admins sign in."`
	LogFormat string `group:"Watching" enum:"text,json" default:"text" placeholder:"text|json" help:"text or json; on standard error, one line per request, no secrets. Default: ${default}."`
	LogLevel  string `group:"Watching" enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error. Default: ${default}."`
	Print     string `group:"Watching" enum:",env,json" default:"" placeholder:"env|json" help:"Write one line to standard output when ready, with URL and made-up credentials, for a script to wait for: env (for eval) or json (an object of the same variables). ATM_ENDPOINT is --public-url where one is given. Default: a line for each variable."`

	StopOnStdinClose bool          `group:"Ending" help:"Stop when standard input ends, so that whoever started the server leaves none behind."`
	ShutdownTimeout  time.Duration `group:"Ending" default:"30s" placeholder:"DURATION" help:"How long requests in flight may take to finish at SIGTERM or SIGINT. Default: ${default}."`

	Version kong.VersionFlag `env:"-" help:"Print the version and exit."`
}

// options maps the flags to those of the package.
func (f *flags) options() ([]testserver.Option, error) {
	opts := []testserver.Option{testserver.WithListen(f.Listen), testserver.WithVersion(programVersion()), testserver.WithProcessMetrics()}
	add := func(when bool, o func() testserver.Option) {
		if when {
			opts = append(opts, o())
		}
	}
	add(f.PublicURL != "", func() testserver.Option { return testserver.WithPublicURL(f.PublicURL) })
	add(f.DataDir != "", func() testserver.Option { return testserver.WithDataDir(f.DataDir) })
	add(f.DatabaseURL != "", func() testserver.Option { return testserver.WithDatabaseURL(f.DatabaseURL) })
	add(f.Seed != "", func() testserver.Option { return testserver.WithSeedFile(f.Seed) })
	add(f.InstanceID != "", func() testserver.Option { return testserver.WithInstanceID(f.InstanceID) })
	add(f.KeyRotationInterval != 0, func() testserver.Option { return testserver.WithKeyRotation(f.KeyRotationInterval) })
	add(f.RateLimit == "on", func() testserver.Option { return testserver.WithRateLimit(0, 0) })
	add(f.testControls(), func() testserver.Option { return testserver.WithTestControls(f.TestControlsToken) })
	// Verifiers cache; a test that rotates a key wants to see the new one.
	add(!f.testControls(), func() testserver.Option { return testserver.WithJWKSMaxAge(testserver.DefaultJWKSMaxAge) })
	add(f.Console, testserver.WithConsole)

	for _, more := range []func() (testserver.Option, error){f.admin, f.masterKey, f.tls} {
		o, err := more()
		if err != nil {
			return nil, err
		}
		add(o != nil, func() testserver.Option { return o })
	}
	return opts, nil
}

func (f *flags) testControls() bool { return f.TestControls || f.TestControlsToken != "" }

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

// either reads a secret that was given by itself or by a file, not both.
func either(name, value, fileName, file string) (string, error) {
	switch {
	case file == "":
		return value, nil
	case value != "":
		return "", fmt.Errorf("%s and %s exclude each other", name, fileName)
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
		return nil, errors.New("--tls-self-signed and --tls-cert exclude each other")
	case given && (f.TLSCert == "" || f.TLSKey == ""):
		return nil, errors.New("--tls-cert and --tls-key belong together: one of them is missing")
	case f.TLSCAFile != "" && !f.TLSSelfSigned:
		return nil, errors.New("--tls-ca-file is for --tls-self-signed, which was not given")
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
