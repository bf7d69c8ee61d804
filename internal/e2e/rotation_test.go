package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// worker is an application, and token uses its secret.
func worker(more string) string {
	return `
resource "atm_suite" "it" { name = "shop" }
resource "atm_project" "it" {
  suite_id = atm_suite.it.id
  name     = "checkout"
}
resource "atm_application" "it" {
  suite_id           = atm_suite.it.id
  project_id         = atm_project.it.id
  name               = "worker"
  authenticator_type = "client_credentials"
  ` + more + `
}
output "version" { value = atm_application.it.secret_version }
output "id" { value = atm_application.it.id }
`
}

const token = `
resource "atm_token" "it" {
  client_id     = atm_application.it.client_id
  client_secret = atm_application.it.client_secret
  grant_type    = "client_credentials"
}
`

const rotations = "/api/v1/applications/*/secret"

// wantVersion checks the output after an apply.
func (w *workspace) wantVersion(want int) {
	w.t.Helper()
	var got int
	if err := json.Unmarshal([]byte(w.must("output", "-json", "version")), &got); err != nil || got != want {
		w.t.Errorf("secret_version is %d (%v), want %d", got, err, want)
	}
}

// kill starts an apply and kills Terraform and the provider once the request
// has reached the server.
func (w *workspace) kill(method, path string) {
	w.t.Helper()
	cmd, _ := w.command(nil, "apply", "-auto-approve")
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.waitFor(method, path)
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		w.t.Fatal("the killed apply succeeded")
	}
}

// killProvider is kill for only the provider: Terraform lives on, reports that,
// and drops the private state of the object.
func (w *workspace) killProvider(method, path string) {
	w.t.Helper()
	cmd, _ := w.command(nil, "apply", "-auto-approve")
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.waitFor(method, path)
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", cmd.Process.Pid))
	if err != nil {
		w.t.Fatal(err)
	}
	killed := 0
	for _, list := range lists {
		children, _ := os.ReadFile(list) // a thread that has ended has none
		for _, child := range strings.Fields(string(children)) {
			pid, err := strconv.Atoi(child)
			if err == nil {
				err = syscall.Kill(pid, syscall.SIGKILL)
			}
			if err != nil {
				w.t.Fatal(err)
			}
			killed++
		}
	}
	if err := cmd.Wait(); err == nil || killed == 0 {
		w.t.Fatalf("killed %d providers, and the apply ended with %v", killed, err)
	}
}

// Whether the apply fails inside a rotation that ATM has done, or is killed, or
// only its provider is, the next one gets the result of that rotation.
func TestApply_RotationWithoutAResponse(t *testing.T) {
	for _, ended := range []string{"failed", "killed", "provider killed"} {
		t.Run(ended, func(t *testing.T) {
			if ended == "provider killed" && runtime.GOOS != "linux" {
				t.Skip("the provider's process is looked for in /proc")
			}
			rotated := func(n string) string {
				return worker(`secret_rotation = {
    triggers                   = { n = "`+n+`" }
    previous_secret_expires_in = 86400
  }
  timeouts = { update = "3s" }`) + token
			}
			w := open(t, rotated("1"))
			w.must("apply", "-auto-approve")
			w.write("main.tf", required+rotated("2"))
			remove := w.server.Fail(testserver.Fault{Method: "POST", Path: rotations, Drop: testserver.DropAfter})
			switch ended {
			case "killed":
				w.kill("POST", rotations)
			case "provider killed":
				w.killProvider("POST", rotations)
			default:
				wantText(t, w.fails("apply", "-auto-approve"), "It is unknown whether the secret was rotated")
			}
			remove()
			out := w.must("apply", "-auto-approve", "-lock=false")
			if strings.Contains(out, "Warning:") {
				t.Errorf("the repetition warns:\n%s", out)
			}
			w.wantVersion(2)
			w.wantNoChanges("after the repetition")
		})
	}
}

// The same for the first secret of what was a public client: the key is in its
// private state since the create.
func TestApply_FirstSecretWithoutAResponse(t *testing.T) {
	page := func(authentication string) string {
		return strings.ReplaceAll(worker(`
  redirect_urls         = ["https://page.example.com/"]
  client_authentication = "`+authentication+`"`), "client_credentials", "authorization_code_pkce")
	}
	w := open(t, page("none"))
	w.must("apply", "-auto-approve")
	w.wantVersion(0)
	w.write("main.tf", required+page("secret"))
	remove := w.server.Fail(testserver.Fault{Method: "POST", Path: rotations, Drop: testserver.DropAfter})
	w.kill("POST", rotations)
	remove()
	w.must("apply", "-auto-approve", "-lock=false")
	w.wantVersion(1)
	w.wantNoChanges("after the repetition")
	w.write("main.tf", required+page("none"))
	wantText(t, unwrap(w.must("apply", "-auto-approve")), "Users have to sign in again")
	w.wantVersion(0)
	w.wantNoChanges("after the change to none")
}

// Terraform and the provider are killed inside the create of an application
// whose secret they then never learn. The import block of the error, with
// on_unknown_secret, gives a usable secret in one apply.
func TestApply_KilledInsideTheCreateOfAnApplication(t *testing.T) {
	w := open(t, worker("")+token)
	w.must("apply", "-auto-approve", "-target=atm_project.it") // OpenTofu, since 1.11, saves a state every 20 seconds
	remove := w.server.Fail(testserver.Fault{Method: "POST", Path: "/api/v1/applications", Drop: testserver.DropAfter})
	w.kill("POST", "/api/v1/applications")
	remove()
	out := w.fails("apply", "-auto-approve", "-lock=false")
	block := regexp.MustCompile(`import \{ to = atm_application\.example id = "([^"]+)" \}.*(secret_rotation = \{ on_unknown_secret = "rotate".*? \})`).FindStringSubmatch(out)
	if block == nil {
		t.Fatalf("the error has no import block:\n%s", out)
	}
	w.write("import.tf", "import {\n  to = atm_application.it\n  id = \""+block[1]+"\"\n}\n")
	wantText(t, w.fails("plan", "-lock=false"), "Missing client_secret", `on_unknown_secret = "rotate"`)
	w.write("main.tf", required+worker(block[2])+token)
	w.must("apply", "-auto-approve", "-lock=false")
	w.wantVersion(2)
	w.wantNoChanges("after the import")
}

// A rotation outside Terraform changes nothing, and every plan says that
// Terraform does not know the secret.
func TestPlan_SecretRotatedOutsideTerraform(t *testing.T) {
	w := open(t, worker(""))
	w.must("apply", "-auto-approve")
	w.rotateOutside()
	for range 2 {
		wantText(t, unwrap(w.must("plan", "-detailed-exitcode")), "Terraform does not know the client secret", "No changes.", "version 2", "version 1")
	}
	w.must("apply", "-auto-approve")
	w.write("main.tf", required+worker(`secret_rotation = { on_unknown_secret = "rotate", previous_secret_expires_in = 60 }`))
	w.must("apply", "-auto-approve")
	w.wantNoChanges("after the rotation")
	if n := w.server.CountRequests("POST", rotations); n != 2 {
		t.Errorf("the secret was rotated %d times, want 2", n)
	}
}

func (w *workspace) rotateOutside() {
	w.t.Helper()
	token, err := w.server.Admin().Token(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	id := strings.TrimSpace(w.must("output", "-raw", "id"))
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL+"/api/v1/applications/"+id+"/secret", strings.NewReader("{}"))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("the rotation returned %s", resp.Status)
	}
}
