package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

const jobSubject = "repo:octo/shop:environment:prod"

// quickstart is the directory that "make demo" applies.
func quickstart(t *testing.T) string {
	t.Helper()
	var config strings.Builder
	for _, name := range []string{"main.tf", "outputs.tf"} {
		content, err := os.ReadFile(filepath.Join("..", "..", "examples", "quickstart", name))
		if err != nil {
			t.Fatal(err)
		}
		config.Write(content)
	}
	return config.String()
}

// A pipeline without any secret of ATM provisions the quickstart, as a job of each
// CI system: a plan, an apply of the saved plan, a plan without changes, a destroy.
// The assertions and the pipeline's own credential are in no output, log, state or
// plan, at TRACE, also when a gateway repeats the request in its error.
func TestAssertions_TheQuickstartWithoutASecret(t *testing.T) {
	w := open(t, "")
	w.write("main.tf", quickstart(t))
	issuer := testissuer.Start(t)
	issuer.Job(testissuer.Claims{"sub": jobSubject})
	gateway := newEchoes(t, w.server.URL)
	admin := acctest.New(t, w.server.Admin().Environ(), w.server.Clock.Now)
	admin.Pipeline(func(a *atm.ApplicationCreate) {
		a.FederatedCredentials = &[]atm.FederatedCredential{
			{Name: "job", Issuer: issuer.URL, Subject: jobSubject, Audience: gateway.url}, {Name: "azure", Issuer: issuer.URL, Subject: jobSubject, Audience: testissuer.AzureAudience},
		}
	})
	log := filepath.Join(w.dir, "trace.log")
	environ := []string{
		"ATM_ENDPOINT=" + gateway.url, "ATM_CLIENT_ID=" + admin.Getenv("ATM_CLIENT_ID"), "ATM_LOGIN_ID=" + admin.Getenv("ATM_LOGIN_ID"),
		"TF_LOG=TRACE", "TF_LOG_PATH=" + log,
	}
	for _, variable := range w.environ {
		if !strings.HasPrefix(variable, "ATM_") {
			environ = append(environ, variable)
		}
	}
	for source, job := range map[string]map[string]string{
		"GitHub Actions": issuer.GitHub(), "ATM_CLIENT_ASSERTION": issuer.GitLab(gateway.url), "Azure DevOps": issuer.AzureDevOps(),
	} {
		w.environ = environ
		for name, value := range job {
			w.environ = append(w.environ, name+"="+value)
		}
		if source == "Azure DevOps" {
			w.environ = append(w.environ, "ATM_CLIENT_ASSERTION_AUDIENCE="+testissuer.AzureAudience)
		}
		printed := w.must("plan", "-out=plan.bin") + w.must("show", "-json", "plan.bin") + w.must("apply", "plan.bin")
		w.wantNoChanges(source)
		gateway.set(echoing["an OAuth error"])
		printed += w.fails("plan")
		if gateway.set(nil) == 0 {
			t.Errorf("%s: the gateway repeated no request", source)
		}
		wantText(t, w.read("trace.log"), "source="+quoteIfSpaced(source))
		printed += w.must("destroy", "-auto-approve")
		w.wantNoAssertion(source, printed, gateway, job)
		if err := os.Remove(log); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.server.CountRequests(http.MethodPost, "/auth/token"); n == 0 {
		t.Error("no sign-in")
	}
}

func quoteIfSpaced(text string) string {
	if strings.Contains(text, " ") {
		return `"` + text + `"`
	}
	return text
}

// wantNoAssertion looks for the assertions that the gateway saw, and for the credential of the job.
func (w *workspace) wantNoAssertion(source, printed string, gateway *echoes, job map[string]string) {
	w.t.Helper()
	texts := map[string]string{"Terraform's output": printed}
	for _, file := range files(w.t, w.dir) {
		texts[filepath.Base(file)] = w.readRaw(file)
	}
	gateway.mu.Lock()
	defer gateway.mu.Unlock()
	secrets := map[string]string{}
	for secret, what := range gateway.secrets {
		if strings.Contains(what, "client_assertion") {
			secrets[secret] = what
		}
	}
	if len(secrets) == 0 {
		w.t.Errorf("%s: no request had an assertion", source)
	}
	for _, name := range []string{"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"} {
		if job[name] != "" {
			secrets[job[name]] = name
		}
	}
	for name, text := range texts {
		for secret, what := range secrets {
			if found(text, secret) {
				w.t.Errorf("%s: %s: %s", source, name, what)
			}
		}
	}
}
