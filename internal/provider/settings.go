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

// Bounds of max_requests_per_second.
const (
	leastRate = 0.001
	mostRate  = 100_000.0
)

// setting is one argument of the provider block, with its variable.
type setting struct {
	name      string
	kind      kind
	sensitive bool
	method    method
	// group holds the settings that give the same thing in other ways; one of
	// them may be set.
	group string
	least int64
	most  int64
	// check finds what is wrong with a text; nil: any text is accepted.
	check func(string) error
	doc   string
}

// env is the environment variable of the setting.
func (s setting) env() string { return "ATM_" + strings.ToUpper(s.name) }

// settings is the provider block. What is said of one setting stands here
// and nowhere else.
var settings = []setting{
	{name: "endpoint", check: atm.CheckEndpoint, doc: "The base URL of ATM, such as `https://atm.example.com`, without `/api` or `/auth`."},

	{name: "access_token", sensitive: true, method: byToken, group: "access_token", check: atm.CheckAccessToken,
		doc: "A ready access token instead of a sign-in: of a user, issued through an application with management access. It is not renewed; when it expires during a run, the error says when. Suits a token from an ephemeral `atm_token`."},
	{name: "access_token_file", method: byToken, group: "access_token",
		doc: "A file that holds the access token; read again when the token has expired."},
	{name: "client_id", method: bySignIn, check: atm.CheckID,
		doc: "The client id of the *User Credentials Flow* application through which the provider signs in. It needs management access."},
	{name: "client_secret", sensitive: true, method: bySignIn, group: "client_secret",
		doc: "The client secret of that application."},
	{name: "client_secret_file", method: bySignIn, group: "client_secret",
		doc: "A file that holds the client secret; read again at each sign-in."},
	{name: "login_id", method: bySignIn, check: atm.CheckID,
		doc: "The login id (e-mail) of the user as whom the provider signs in. The user's role decides what it may do: a suite admin manages one suite, a super admin all."},

	{name: "ca_cert_pem", group: "ca_cert",
		doc: "Certificates in PEM form that are trusted beside the system's, for an ATM behind a private certification authority."},
	{name: "ca_cert_file", group: "ca_cert", doc: "A file with the certificates of `ca_cert_pem`."},
	{name: "client_cert_pem", group: "client_cert",
		doc: "The certificate (PEM) that the provider shows to a gateway that asks for one (mutual TLS)."},
	{name: "client_cert_file", group: "client_cert", doc: "A file with the certificate of `client_cert_pem`."},
	{name: "client_key_pem", sensitive: true, group: "client_key", doc: "The private key (PEM) of the client certificate."},
	{name: "client_key_file", group: "client_key", doc: "A file with the key of `client_key_pem`."},
	{name: "proxy_url", sensitive: true, check: atm.CheckProxyURL,
		doc: "The proxy for all requests (`http`, `https` or `socks5`), in place of `HTTPS_PROXY` and `NO_PROXY`."},
	{name: "headers", kind: headers, sensitive: true,
		doc: "Headers that go with every request, for a gateway in front of ATM. `Authorization` and others that the provider sets itself are refused. The variable holds a JSON object."},
	{name: "request_timeout", kind: number, least: 1, most: 3600,
		doc: "Seconds that one attempt of a request may take, 1 to 3,600; 30 unless given. How long an operation goes on is set by `timeouts` of each resource."},
	{name: "max_retries", kind: number, least: 0, most: 100,
		doc: "How often a request that is safe to repeat is repeated after a connection error, a 429 or a 5xx, 0 to 100; 4 unless given. A create whose answer was lost goes on until its own timeout, whatever stands here."},
	{name: "max_concurrency", kind: number, least: 1, most: 1000,
		doc: "How many requests are under way at once, 1 to 1,000; 32 unless given. Terraform itself works on `-parallelism` (10) objects at once."},
	{name: "max_requests_per_second", kind: rate,
		doc: "How many requests start in a second, over all operations of this provider configuration, repetitions included; a fraction such as `0.5` is one in two seconds. No limit unless given."},
}

func (s setting) attribute() schema.Attribute {
	doc := s.doc + " Also `" + s.env() + "`."
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
