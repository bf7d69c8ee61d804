package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// method is how the provider gets its access token.
type method int

const (
	anyMethod method = iota
	byToken
	bySignIn
)

// kind is the Terraform type of a setting.
type kind int

const (
	text kind = iota
	number
	rate
	headers
)

// authentication is the group of the ways in which the application of a sign-in
// authenticates.
const authentication = "authentication"

// Bounds of max_requests_per_second.
const (
	leastRate = 0.001
	mostRate  = 100_000.0
)

// setting is an argument of the provider block, with its environment variable.
type setting struct {
	name      string
	kind      kind
	sensitive bool
	method    method
	// group is equal for settings that exclude each other.
	group string
	// with is the group that the setting completes: if the block sets one of it, the
	// variable of this one is ignored.
	with  string
	least int64
	most  int64
	// check finds what is wrong with a text; nil: any text is accepted.
	check func(string) error
	doc   string
}

// env is the environment variable of the setting.
func (s setting) env() string { return "ATM_" + strings.ToUpper(s.name) }

// settings is the provider block, in the order of the schema.
var settings = []setting{
	{name: "endpoint", check: atm.CheckEndpoint,
		doc: "The base URL of ATM, such as `https://atm.example.com`. It contains neither `/api` nor `/auth`, which the provider adds; it may contain the path prefix of a gateway."},

	{name: "access_token", sensitive: true, method: byToken, group: "access_token", check: atm.CheckAccessToken,
		doc: "An access token that the provider uses instead of a sign-in, without `Bearer `. It belongs to a user and was issued through an application with management access. The provider does not refresh it; if it expires during a run, the error states when. A token from an ephemeral `atm_token` is suitable."},
	{name: "access_token_file", method: byToken, group: "access_token",
		doc: "A file that contains the access token; the provider ignores white space around it. The provider reads the file again when the token has expired."},
	{name: "client_id", method: bySignIn, check: atm.CheckID,
		doc: "The client id of the *User Credentials Flow* application through which the provider signs in. The application needs management access."},
	{name: "client_secret", sensitive: true, method: bySignIn, group: authentication,
		doc: "The client secret of that application. Without it, the provider authenticates the application by an assertion: see *Sign in without a stored secret*."},
	{name: "client_secret_file", method: bySignIn, group: authentication,
		doc: "A file that contains the client secret; the provider ignores white space around it. The provider reads the file again at each sign-in."},
	{name: "client_assertion", sensitive: true, method: bySignIn, group: authentication, check: assertion.CheckToken,
		doc: "A JWT of an issuer that the application's federated credentials trust, such as the OIDC token of a CI system. The provider exchanges it at the first operation that needs ATM, and then refreshes its own token. An input variable for it needs `ephemeral = true`, because a saved plan contains input variables."},
	{name: "client_assertion_file", method: bySignIn, group: authentication,
		doc: "A file that contains such a JWT, of at most 16 KiB; the provider ignores white space around it. The provider reads the file again at each sign-in. For Kubernetes, SPIFFE and other systems that keep a file up to date."},
	{name: "client_private_key_pem", sensitive: true, method: bySignIn, group: authentication, check: assertion.CheckKey,
		doc: "A private key in PEM format (RSA with at least 2,048 bits, P-256 or Ed25519), with which the provider signs assertions (`private_key_jwt`). Its public key is one of the application's public keys."},
	{name: "client_private_key_file", method: bySignIn, group: authentication,
		doc: "A file that contains the key of `client_private_key_pem`. The provider reads the file again at each sign-in."},
	{name: "client_private_key_id", method: bySignIn, with: authentication, check: atm.CheckID,
		doc: "The key id (`kid`) of the private key. Needed if the application has several public keys of the same type."},
	{name: "client_assertion_audience", check: atm.CheckID,
		doc: "The audience (`aud`) of the assertions: the one that the provider requests from GitHub Actions and signs with a private key, and the only one that a token from the environment may have. Default: `endpoint` without a final slash."},
	{name: "login_id", method: bySignIn, check: atm.CheckID,
		doc: "The login id (email address) of the user that the provider signs in as. The user's role determines what the provider can do: a suite admin manages its own suite, a super admin all suites."},

	{name: "ca_cert_pem", group: "ca_cert",
		doc: "Certificates in PEM format that the provider trusts in addition to the system's, for an ATM behind a private certification authority."},
	{name: "ca_cert_file", group: "ca_cert", doc: "A file that contains the certificates of `ca_cert_pem`."},
	{name: "client_cert_pem", group: "client_cert",
		doc: "The client certificate in PEM format, for a gateway that requires one (mutual TLS). Needs `client_key_pem` or `client_key_file`."},
	{name: "client_cert_file", group: "client_cert", doc: "A file that contains the certificate of `client_cert_pem`."},
	{name: "client_key_pem", sensitive: true, group: "client_key", doc: "The private key of the client certificate in PEM format."},
	{name: "client_key_file", group: "client_key", doc: "A file that contains the key of `client_key_pem`."},
	{name: "proxy_url", sensitive: true, check: atm.CheckProxyURL,
		doc: "The URL of the proxy for all requests (`http`, `https` or `socks5`). It takes precedence over `HTTPS_PROXY` and `NO_PROXY`. Default: the proxy of these variables."},
	{name: "headers", kind: headers, sensitive: true,
		doc: "Headers that the provider adds to every request, for a gateway in front of ATM. `Authorization` and other headers that the provider sets itself are not allowed. The environment variable contains a JSON object."},
	{name: "request_timeout", kind: number, least: 1, most: 3600,
		doc: "Seconds that one attempt of a request may take (1–3,600). Default: 30. The `timeouts` of each resource limit the operation with all its attempts."},
	{name: "max_retries", kind: number, least: 0, most: 100,
		doc: "The number of retries of a request after a transient error, that is a connection error, a timeout or a 5xx status (0–100). Default: 4. The provider retries only what is safe to repeat. " +
			"Two kinds of retries have no number and end with the operation's own timeout (its `timeouts`; 2 minutes for data sources, list resources, actions and the sign-in): those after a 429, or a 503 with `Retry-After`, and those of a create whose outcome is unknown. " +
			"0 means one attempt, except after a 429."},
	{name: "max_concurrency", kind: number, least: 1, most: 1000,
		doc: "The number of requests that are in progress at once (1–1,000). Default: 32. Terraform itself works on 10 objects at once (`-parallelism`)."},
	{name: "max_requests_per_second", kind: rate,
		doc: "The number of requests that start per second (0.001–100,000), retries included, over all operations of this provider configuration; `0.5` is one request in two seconds. Default: no limit. " +
			"Without it, a rate limit works too: after a 429 all requests of the process slow down together and speed up again later. Set it to stay below a limit that other clients share."},
}

func (s setting) attribute() schema.Attribute {
	doc := s.doc + " Environment variable: `" + s.env() + "`."
	switch s.kind {
	case number:
		return schema.Int64Attribute{Optional: true, Sensitive: s.sensitive, MarkdownDescription: doc,
			Validators: []validator.Int64{int64validator.Between(s.least, s.most)}}
	case rate:
		return schema.Float64Attribute{Optional: true, Sensitive: s.sensitive, MarkdownDescription: doc,
			Validators: []validator.Float64{float64validator.Between(leastRate, mostRate)}}
	case headers:
		return schema.MapAttribute{Optional: true, Sensitive: s.sensitive, MarkdownDescription: doc, ElementType: types.StringType}
	default:
		return schema.StringAttribute{Optional: true, Sensitive: s.sensitive, MarkdownDescription: doc}
	}
}

// target is a value of the setting's type to read the block into.
func (s setting) target() attr.Value {
	switch s.kind {
	case number:
		return types.Int64Null()
	case rate:
		return types.Float64Null()
	case headers:
		return types.MapNull(types.StringType)
	default:
		return types.StringNull()
	}
}
