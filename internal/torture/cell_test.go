package torture_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// operations are what Terraform does to an object. resume is the refresh and
// apply after a create with unknown outcome; recreate is the same after the
// object was deleted outside Terraform.
var operations = []string{"create", "refresh", "update", "destroy", "resume", "recreate"}

// world is one resource on a server of its own, behind the proxy.
type world struct {
	behind
	resourceCase
	operation string
	proxy     *proxy
	harness   *acctest.Harness
	object    *acctest.Object
	secret    string   // of the application, before the operation
	before    []string // the listing without the object
	recounts  bool     // the second apply may rotate once more
}

func newWorld(t *testing.T, c resourceCase, operation string) *world {
	t.Helper()
	if c.kind == "" {
		c.kind = c.name
	}
	server := start(t)
	w := &world{behind: behind{t, server, &adminToken{}}, resourceCase: c, operation: operation, proxy: newProxy(t, server.URL)}
	environ := append(server.Admin().Environ(), "ATM_ENDPOINT="+w.proxy.url)
	w.harness = acctest.New(t, environ, server.Clock.Now)
	w.object = w.provider(nil).New(c.kind)
	w.before = w.listing()
	return w
}

// provider is a new provider process.
func (w *world) provider(settings map[string]any) *acctest.Protocol {
	w.Helper()
	return w.harness.Protocol(settings)
}

// prepare does what comes before the operation.
func (w *world) prepare() {
	w.Helper()
	if w.operation == "create" {
		return
	}
	if w.operation == "resume" {
		w.loseCreate()
		return
	}
	w.noErrors("create", w.provider(nil).Apply(w.object, w.config))
	w.secret, _ = w.object.Get("client_secret").(string)
	switch w.operation {
	case "update":
		w.server.Clock.Advance(w.due)
	case "recreate":
		other := *w.object
		w.noErrors("delete", w.provider(nil).Apply(&other, nil))
	}
}

// lastWrites are the names of the last requests of creates that write, by resource.
var lastWrites sync.Map

// loseCreate interrupts the create of the object before the response to its last
// write.
func (w *world) loseCreate() {
	w.Helper()
	last, _ := lastWrites.LoadOrStore(w.name, sync.OnceValue(func() (last string) {
		dry := newWorld(w.T, w.resourceCase, "create")
		dry.proxy.record(nil)
		dry.noErrors("dry run", dry.run(w.Context(), nil, ""))
		for _, call := range dry.proxy.recorded() {
			if !strings.HasPrefix(call, "GET-") && !returnsNothing(call) {
				last = call
			}
		}
		return last
	}))
	ctx, interrupt := context.WithCancel(w.Context())
	defer interrupt()
	fault := &armed{fault: killAfter, call: last.(func() string)(), kill: interrupt}
	w.proxy.record(fault)
	diags := w.provider(nil).Within(ctx).Apply(w.object, w.config)
	w.proxy.lift(fault)
	if !w.proxy.hasMet() || !acctest.HasErrors(diags) {
		w.Fatal("the create did not fail")
	}
}

// run does the operation, as a new process, until ctx ends.
func (w *world) run(ctx context.Context, settings map[string]any, limit string) []*tfprotov6.Diagnostic {
	w.Helper()
	p := w.provider(settings).Within(ctx)
	switch w.operation {
	case "create":
		return p.Apply(w.object, w.within(w.config, "create", limit))
	case "refresh":
		return p.Refresh(w.object)
	case "update":
		return p.Apply(w.object, w.within(w.changed, "update", limit))
	case "destroy":
		return p.Apply(w.object, nil)
	default:
		diags := p.Refresh(w.object)
		if acctest.HasErrors(diags) {
			return diags
		}
		return append(diags, p.Apply(w.object, w.within(w.config, "create", limit))...)
	}
}

// wanted is the configuration after the operation; nil is none.
func (w *world) wanted() map[string]any {
	switch w.operation {
	case "update":
		return w.changed
	case "destroy":
		return nil
	default:
		return w.config
	}
}

// converge applies a second time and compares the server with what the
// operation leaves without a fault.
func (w *world) converge(want []string, killed bool) {
	w.Helper()
	p := w.provider(nil)
	w.noErrors("second refresh", p.Refresh(w.object))
	if w.operation != "update" {
		w.proxy.deliver()
	}
	compared := slices.Clone[[]string]
	if w.recounts {
		compared = unversioned
	}
	diags := p.Apply(w.object, w.wanted())
	if id := importID(diags); killed && id != "" {
		imported, found := p.Import(w.kind, id, nil)
		w.noErrors("import", found)
		w.object = imported
		compared = unversioned // on_unknown_secret rotates a secret that no client received
		diags = p.Apply(w.object, w.wanted())
	}
	w.noErrors("second apply", diags)
	w.proxy.deliver()
	if w.operation == "destroy" {
		w.sameListing("after the second destroy", w.listing(), want)
		return
	}
	p = w.provider(nil)
	w.noErrors("third refresh", p.Refresh(w.object))
	plan, diags := p.Plan(w.object, w.wanted())
	w.noErrors("third plan", diags)
	if plan.Changes(w.object) {
		w.Errorf("the plan is not empty: %s", w.redact(plan.Planned.String()))
	}
	w.sameListing("after the second apply", compared(w.listing()), compared(want))
	w.secretsWork(diags)
	w.noErrors("final destroy", p.Apply(w.object, nil))
	w.sameListing("after the final destroy", w.listing(), w.before)
}

func (w *world) noErrors(step string, diags []*tfprotov6.Diagnostic) {
	w.Helper()
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			w.Fatalf("%s: %s", step, w.redact(acctest.Print(d)))
		}
	}
}

var importBlock = regexp.MustCompile(`import \{[^}]*id\s*=\s*"([^"]+)"`)

// importID is the id in the import block of an error; empty without one.
func importID(diags []*tfprotov6.Diagnostic) string {
	for _, d := range diags {
		if block := importBlock.FindStringSubmatch(d.Detail); block != nil {
			return block[1]
		}
	}
	return ""
}

// secretsWork uses the secrets that state and configuration contain. planned
// are the diagnostics of the last plan.
func (w *world) secretsWork(planned []*tfprotov6.Diagnostic) {
	w.Helper()
	text := func(name string) string {
		value, _ := w.object.Get(name).(string)
		return value
	}
	switch w.kind {
	case "atm_application":
		if text("client_authentication") == "none" {
			return
		}
		secret, _ := w.wanted()["client_secret_wo"].(string)
		if secret == "" {
			secret = text("client_secret")
		}
		if secret == "" && strings.Contains(fmt.Sprint(texts(planned)), "on_unknown_secret") {
			return // an import, and the plan says what to do
		}
		if !w.authenticates(text("client_id"), secret) {
			w.Error("the client secret in the state is not accepted")
		}
		if w.name == "atm_application-rotation" && w.operation == "update" && !w.authenticates(text("client_id"), w.secret) {
			w.Error("the previous client secret is not accepted during its overlap")
		}
	case "atm_user":
		password, _ := w.wanted()["password_wo"].(string)
		if !w.signsIn(text("id"), text("email"), password) {
			w.Error("the password is not accepted")
		}
	case "atm_token":
		if !w.active(text("access_token")) {
			w.Error("the access token in the state is not valid")
		}
	}
}

func texts(diags []*tfprotov6.Diagnostic) []string {
	var out []string
	for _, d := range diags {
		out = append(out, acctest.Print(d))
	}
	return out
}

// secrets are the values that no diagnostic may contain.
func (w *world) secrets() []string {
	out := []string{firstSecret, secondSecret, firstPassword, secondPassword, workerSecret, w.server.Admin().ClientSecret}
	for _, name := range []string{"client_secret", "access_token"} {
		if value, ok := w.object.Get(name).(string); ok && w.kind != "atm_suite" {
			out = append(out, value)
		}
	}
	return out
}

func (w *world) redact(text string) string {
	for _, secret := range w.secrets() {
		text = strings.ReplaceAll(text, secret, "SECRET")
	}
	return text
}

func (w *world) silent(diags []*tfprotov6.Diagnostic) {
	w.Helper()
	for _, text := range texts(diags) {
		if w.redact(text) != text {
			w.Errorf("a diagnostic contains a secret: %s", w.redact(text))
		}
	}
}
