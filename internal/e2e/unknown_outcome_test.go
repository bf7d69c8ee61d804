package e2e_test

import (
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const oneSuite = `
resource "atm_suite" "it" {
  name     = "payments"
  timeouts = { create = "300ms" }
}`

// No response to the create arrives: the next apply asks ATM what the create
// made, and replaces it.
func TestApply_WithEveryResponseLost(t *testing.T) {
	w := open(t, oneSuite)
	remove := w.server.Fail(testserver.Fault{Method: "POST", Path: "/api/v1/suites", Drop: testserver.DropAfter})
	wantText(t, w.fails("apply", "-auto-approve"), "timeouts.create (300ms) is over", "Unknown whether ATM created")
	remove()

	wantText(t, unwrap(w.must("plan")), "is tainted, so", "1 to add, 0 to change, 1 to destroy")
	w.write("main.tf", required+`resource "atm_suite" "it" { name = "payments" }`)
	w.must("apply", "-auto-approve")
	w.wantNoChanges("after the second apply")
	w.must("destroy", "-auto-approve")
}

// A create that never reached ATM is dropped with a warning, and made again.
func TestApply_WithEveryRequestLost(t *testing.T) {
	w := open(t, oneSuite)
	remove := w.server.Fail(testserver.Fault{Method: "POST", Path: "/api/v1/suites", Drop: testserver.DropBefore})
	w.fails("apply", "-auto-approve")
	remove()
	w.write("main.tf", required+`resource "atm_suite" "it" { name = "payments" }`)
	wantText(t, unwrap(w.must("apply", "-auto-approve")), "is dropped from the state", "1 added, 0 changed, 0 destroyed")
	w.wantNoChanges("after the second apply")
}

// Terraform and provider are killed inside a create that ATM has acted on:
// nothing can have been saved. The next apply stops with the import block that
// makes it converge.
func TestApply_KilledInsideACreate(t *testing.T) {
	w := open(t, `resource "atm_suite" "it" { name = "payments" }`)
	remove := w.server.Fail(testserver.Fault{Method: "POST", Path: "/api/v1/suites", Drop: testserver.DropAfter})
	cmd, _ := w.command(nil, "apply", "-auto-approve")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.waitFor("POST", "/api/v1/suites")
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the killed apply succeeded")
	}
	remove()

	out := w.fails("apply", "-auto-approve", "-lock=false")
	wantText(t, out, "The name is taken")
	block := regexp.MustCompile(`import \{ to = atm_suite\.example id = "([^"]+)" \}`).FindStringSubmatch(out)
	if block == nil {
		t.Fatalf("the error holds no import block:\n%s", out)
	}
	w.write("import.tf", `import {
  to = atm_suite.it
  id = "`+block[1]+`"
}`)
	w.must("apply", "-auto-approve", "-lock=false")
	w.wantNoChanges("after the import")
}

// Ctrl-C inside a create: what is known is saved, and the next apply goes on
// from there.
func TestApply_InterruptedInsideACreate(t *testing.T) {
	w := open(t, `resource "atm_suite" "it" { name = "payments" }`)
	remove := w.server.Fail(testserver.Fault{Method: "POST", Path: "/api/v1/suites", Drop: testserver.DropAfter})
	cmd, out := w.command(nil, "apply", "-auto-approve")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.waitFor("POST", "/api/v1/suites")
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the interrupted apply succeeded")
	}
	remove()
	wantText(t, unwrap(out.String()), "Unknown whether ATM created")
	wantText(t, unwrap(w.must("apply", "-auto-approve")), "1 added, 0 changed, 1 destroyed")
	w.wantNoChanges("after the second apply")
}

// waitFor waits until the server has met the request.
func (w *workspace) waitFor(method, path string) {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); w.server.CountRequests(method, path) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("%s %s did not reach the server", method, path)
		}
	}
}
