package applicationusers_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const (
	kind = "atm_application_users"
	it   = kind + ".it"
)

// world is an application and users, made behind Terraform's back.
type world struct {
	t           *testing.T
	server      *testserver.Server
	h           *acctest.Harness
	suite       string
	project     string
	application string
	users       []string
}

// start makes a world of so many users: u0@example.com, u1@example.com, …
func start(t *testing.T, users int) *world {
	t.Helper()
	t.Parallel()
	server := testserver.Start(t)
	w := &world{t: t, server: server, h: acctest.New(t, server.Admin().Environ(), server.Clock.Now), users: make([]string, users)}
	suite, err := w.h.API.CreateSuite(t.Context(), atm.NewIdempotencyKey(), atm.SuiteCreate{Name: "shop"})
	w.must(err)
	project, err := w.h.API.CreateProject(t.Context(), atm.NewIdempotencyKey(), atm.ProjectCreate{Name: "checkout", SuiteId: suite.Id})
	w.must(err)
	w.suite, w.project = suite.Id, project.Id
	w.application = w.newApplication("worker", atm.UserCredentials)
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(4)
	for i := range users {
		group.Go(func() error { return w.newUser(ctx, i) })
	}
	w.must(group.Wait())
	w.server.ForgetRequests()
	return w
}

func (w *world) newUser(ctx context.Context, i int) error {
	user, err := w.h.API.CreateUser(ctx, atm.NewIdempotencyKey(), atm.UserCreate{
		Email: fmt.Sprintf("u%d@example.com", i), FirstName: "U", Role: atm.SystemUser, SuiteId: w.suite, ProjectId: w.project,
	})
	if err == nil {
		w.users[i] = user.Id
	}
	return err
}

func (w *world) newApplication(name string, flow atm.AuthenticatorType) string {
	w.t.Helper()
	application, err := w.h.API.CreateApplication(w.t.Context(), atm.NewIdempotencyKey(), atm.ApplicationCreate{
		Name: name, SuiteId: w.suite, ProjectId: w.project, AuthenticatorType: flow,
	})
	w.must(err)
	return application.Id
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// assign, toggle and unassign are what others do.
func (w *world) assign(users ...int) {
	w.t.Helper()
	for _, i := range users {
		_, err := w.h.API.AssignUser(w.t.Context(), w.application, w.users[i], atm.NewIdempotencyKey(), atm.ApplicationUserPut{})
		w.must(err)
	}
}

func (w *world) toggle(user int, enabled bool) {
	w.t.Helper()
	_, err := w.h.API.UpdateApplicationUser(w.t.Context(), w.application, w.users[user], "", atm.ApplicationUserPut{Enabled: &enabled})
	w.must(err)
}

func (w *world) unassign(users ...int) {
	w.t.Helper()
	for _, i := range users {
		w.must(w.h.API.UnassignUser(w.t.Context(), w.application, w.users[i], ""))
	}
}

// holds is what ATM has, as in "u0 u1! u2": an exclamation mark is disabled.
func (w *world) holds() string {
	w.t.Helper()
	assigned, err := w.h.API.ApplicationUsers(w.t.Context(), atm.ListApplicationUsersParams{ApplicationIds: &[]string{w.application}})
	w.must(err)
	names := map[string]bool{}
	for _, a := range assigned {
		names[w.name(a.UserId, a.Enabled)] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), " ")
}

func (w *world) name(id string, enabled bool) string {
	name := fmt.Sprintf("u%d", slices.Index(w.users, id))
	if !enabled {
		name += "!"
	}
	return name
}

// list is the configuration of the users; a negative number is a disabled one,
// counted from -1 for u0.
func (w *world) list(users ...int) []map[string]any {
	elements := []map[string]any{}
	for _, i := range users {
		if i < 0 {
			elements = append(elements, map[string]any{"user_id": w.users[-i-1], "enabled": false})
			continue
		}
		elements = append(elements, map[string]any{"user_id": w.users[i]})
	}
	return elements
}

func (w *world) config(users ...int) map[string]any {
	return map[string]any{"application_id": w.application, "users": w.list(users...)}
}

// hcl is the same for real Terraform.
func (w *world) hcl(users ...int) string {
	var text strings.Builder
	fmt.Fprintf(&text, "resource %q \"it\" {\n  application_id = %q\n  users = [\n", kind, w.application)
	for _, element := range w.list(users...) {
		if _, disabled := element["enabled"]; disabled {
			fmt.Fprintf(&text, "    { user_id = %q, enabled = false },\n", element["user_id"])
			continue
		}
		fmt.Fprintf(&text, "    { user_id = %q },\n", element["user_id"])
	}
	text.WriteString("  ]\n}\n")
	return text.String()
}

func (w *world) wantHolds(want string) {
	w.t.Helper()
	if got := w.holds(); got != want {
		w.t.Errorf("ATM holds %q, want %q", got, want)
	}
}
