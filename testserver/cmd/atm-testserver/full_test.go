//go:build unix

package main_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestProgram_AFullDiskIsNotReady limits the size of the program's files, which
// a process meets as it meets a full disk: a write fails.
func TestProgram_AFullDiskIsNotReady(t *testing.T) {
	t.Parallel()
	wrapped := []string{"sh", "-c", `ulimit -f 4096 && exec "$0" "$@"`, binary}
	_, r := startBy(t, wrapped, []string{"ATM_TESTSERVER_ADMIN_CLIENT_SECRET=" + adminSecret}, "--data-dir", t.TempDir(), "--log-level", "error")
	r.ClientSecret = adminSecret
	if status, body := get(t, r.Endpoint+"/readyz"); status != http.StatusOK {
		t.Fatalf("before: %d %s", status, body)
	}
	a := &actor{t: t, r: r, secrets: map[string]string{}}
	access, _, _ := a.tokens(object("grant_type", "user_credentials", "client_id", r.ClientID, "client_secret", adminSecret, "login_id", r.LoginID))
	full := false
	for i := 0; i < 5000 && !full; i++ {
		status, _ := a.do(http.MethodPost, "/api/v1/suites", object("name", fmt.Sprintf("suite %d %s", i, strings.Repeat("x", 80))),
			"Authorization", "Bearer "+access)
		full = status == http.StatusServiceUnavailable
	}
	if !full {
		t.Fatal("the disk never was full")
	}
	status, body := get(t, r.Endpoint+"/readyz")
	for range 20 { // until the page that a check writes no longer fits either
		if status != http.StatusOK {
			break
		}
		time.Sleep(150 * time.Millisecond) // a check counts for 100 ms
		status, body = get(t, r.Endpoint+"/readyz")
	}
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "the server cannot write to the database") {
		t.Errorf("with a full disk: %d %s", status, body)
	}
	if status, _ := get(t, r.Endpoint+"/healthz"); status != http.StatusOK {
		t.Errorf("the process is not healthy: %d", status)
	}
}
