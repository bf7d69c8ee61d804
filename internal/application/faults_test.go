package application_test

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// A rotation is one request among others of an update. In every fault, the
// secret in the state works after the next apply, and the secret was rotated
// exactly once.
func TestApplication_RotationUnderFaults(t *testing.T) {
	truncated := 20
	for name, fault := range map[string]testserver.Fault{
		"before ATM acted": {Drop: testserver.DropBefore},
		"after ATM acted":  {Drop: testserver.DropAfter},
		"500":              {Status: 500},
		"truncated":        {Truncate: &truncated},
	} {
		for _, times := range []int{1, 0} {
			title := name + ", once"
			if times == 0 {
				title = name + ", always"
			}
			t.Run(title, func(t *testing.T) {
				server, h := acctest.Start(t)
				p, config := h.Protocol(map[string]any{"max_retries": 1}), parents(t, h)
				rotated := func(value string) map[string]any {
					return config(map[string]any{
						"access_token_lifespan": 300, "secret_rotation": map[string]any{"triggers": map[string]any{"t": value}},
						"timeouts": map[string]any{"update": "1s"},
					})
				}
				app := p.New("atm_application")
				acctest.NoErrors(t, p.Apply(app, rotated("1")))

				fault := fault // the two run at a time
				fault.Method, fault.Path, fault.Times = "POST", "/api/v1/applications/*/secret", times
				remove := server.Fail(fault)
				diags := p.Apply(app, rotated("2"))
				remove()
				if times == 1 {
					acctest.NoErrors(t, diags)
				} else if !acctest.HasErrors(diags) {
					t.Fatal("the fault was not met")
				}
				acctest.NoErrors(t, p.Refresh(app))
				acctest.NoErrors(t, p.Apply(app, rotated("2")))
				if !works(t, h, text(app, "client_id"), text(app, "client_secret")) {
					t.Error("the secret in the state does not work")
				}
				if app.Get("secret_version") != int64(2) {
					t.Errorf("secret_version is %v, want 2", app.Get("secret_version"))
				}
				wantNoPlan(t, p, app, rotated("2"))
			})
		}
	}
}

// The provider recognises an update whose response was lost as its own, though
// ATM returns origins in another spelling than they were written.
func TestApplication_LostResponseToOriginsInAnotherSpelling(t *testing.T) {
	server, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	app := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(app, config(nil)))
	origins := config(map[string]any{"allowed_origins": []string{"https://B.example.com", "https://a.example.com:443", "https://b.example.com"}})
	remove := server.Fail(testserver.Fault{Method: "PATCH", Path: "/api/v1/applications/*", Drop: testserver.DropAfter, Times: 1})
	defer remove()
	acctest.NoErrors(t, p.Apply(app, origins))
	wantNoPlan(t, p, app, origins)
}

// A forced deletion is three kinds of requests; a fault at any of them leaves
// something that a second destroy finishes.
func TestApplication_ForcedDeletionUnderFaults(t *testing.T) {
	for _, path := range []string{"/api/v1/applications/*", "/api/v1/application-users", "/api/v1/applications/*/users"} {
		for _, drop := range []string{testserver.DropBefore, testserver.DropAfter} {
			t.Run(path+" "+drop, func(t *testing.T) {
				server, h := acctest.Start(t)
				p, config := h.Protocol(map[string]any{"max_retries": 0}), parents(t, h)
				app := p.New("atm_application")
				acctest.NoErrors(t, p.Apply(app, config(map[string]any{"authenticator_type": "user_credentials", "force_destroy": true})))
				id := text(app, "id")
				user, err := h.API.CreateUser(t.Context(), atm.NewIdempotencyKey(), atm.UserCreate{
					Email: "ada@example.com", FirstName: "A", Role: atm.SystemUser, SuiteId: text(app, "suite_id"), ProjectId: text(app, "project_id"),
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := h.API.AssignUser(t.Context(), id, user.Id, atm.NewIdempotencyKey(), atm.ApplicationUserPut{}); err != nil {
					t.Fatal(err)
				}
				remove := server.Fail(testserver.Fault{Path: path, Drop: drop, Times: 1})
				failed := acctest.HasErrors(p.Apply(app, nil))
				remove()
				// A GET is sent again by net/http when a kept connection breaks, and the bulk change by the
				// client, under its key.
				if !failed && path == "/api/v1/applications/*" {
					t.Fatal("the fault was not met")
				}
				acctest.NoErrors(t, p.Refresh(app))
				acctest.NoErrors(t, p.Apply(app, nil))
				if _, err := h.API.Application(t.Context(), id); err == nil {
					t.Error("the application is still there")
				}
			})
		}
	}
}
