package atm_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/atm/batch"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// tenant is an ATM with n applications, a user each, and the assignments of both.
type tenant struct {
	server       *testserver.Server
	client       *atm.Client
	suite        string
	project      string
	applications []string
	users        []string
}

func newTenant(t *testing.T, n int) *tenant {
	t.Helper()
	var users, applications strings.Builder
	tn := &tenant{suite: "suite-1", project: "project-1"}
	for i := range n {
		application, user := fmt.Sprintf("application-%04d", i), fmt.Sprintf("user-%04d", i)
		tn.applications, tn.users = append(tn.applications, application), append(tn.users, user)
		fmt.Fprintf(&users, "      - {id: %s, email: %s@example.com, firstName: U, role: system_user}\n", user, user)
		fmt.Fprintf(&applications, "      - {id: %s, name: %s, authenticatorType: user_credentials, clientSecret: abcdefghijklmnopqrstuvwxyz%06d, users: [{email: %s@example.com}]}\n",
			application, application, i, user)
	}
	seed := "suites:\n- id: suite-1\n  name: suite\n  projects:\n  - id: project-1\n    name: project\n    users:\n" + users.String() +
		"    applications:\n" + applications.String()
	tn.server = testserver.Start(t, testserver.WithSeed(seed))
	admin := tn.server.Admin()
	tn.client = newClient(t, atm.Config{
		Endpoint: tn.server.URL, ClientID: admin.ClientID, ClientSecret: atm.SecretValue(admin.ClientSecret), LoginID: admin.LoginID,
		MaxRetries: 3, RetryWait: time.Millisecond,
	})
	return tn
}

// TestClient_RefreshOfManyIsFewRequests reads one at a time, as Terraform does when the responses are fast.
func TestClient_RefreshOfManyIsFewRequests(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 700)
	place := atm.Scope{SuiteID: tn.suite, ProjectID: tn.project}
	for name, tc := range map[string]struct {
		path string
		want int
		read func(context.Context, int) (string, error)
	}{
		"applications": {"/api/v1/applications**", 4, func(ctx context.Context, i int) (string, error) {
			a, err := tn.client.RefreshApplication(ctx, tn.applications[i], place)
			if err != nil {
				return "", err
			}
			return a.Id, nil
		}},
		"users": {"/api/v1/users**", 4, func(ctx context.Context, i int) (string, error) {
			u, err := tn.client.RefreshUser(ctx, tn.users[i], place)
			if err != nil {
				return "", err
			}
			return u.Id, nil
		}},
		// Two reads more: it takes them to learn that neither side is shared by all.
		"assignments": {"/api/v1/application**users**", 6, func(ctx context.Context, i int) (string, error) {
			a, err := tn.client.RefreshApplicationUser(ctx, tn.applications[i], tn.users[i])
			if err != nil {
				return "", err
			}
			return a.ApplicationId, nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			start, last, bursts := time.Now(), time.Now(), 1
			for i := range tn.applications {
				begun := time.Now()
				id, err := tc.read(t.Context(), i)
				if time.Since(last) > batch.Idle {
					bursts++ // on a busy machine: what was listed may have been thrown away
				}
				last = begun
				if err != nil {
					t.Fatal(err)
				}
				if want := tn.users[i]; name == "users" && id != want || name != "users" && id != tn.applications[i] {
					t.Fatalf("read %d returned %q", i, id)
				}
			}
			bursts += int(time.Since(start) / batch.MaxAge)
			if got := tn.server.CountRequests(http.MethodGet, tc.path); got == 0 || got > tc.want*bursts {
				t.Errorf("%d reads in %d bursts took %d requests, want at most %d in each", len(tn.applications), bursts, got, tc.want)
			}
		})
	}
}

func TestClient_RefreshSeesWhatWasWritten(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 5)
	place := atm.Scope{SuiteID: tn.suite, ProjectID: tn.project}
	for _, id := range tn.applications[:2] { // the second brings the page that lists them all
		if _, err := tn.client.RefreshApplication(t.Context(), id, place); err != nil {
			t.Fatal(err)
		}
	}
	renamed := "renamed"
	if _, err := tn.client.UpdateApplication(t.Context(), tn.applications[3], "", atm.ApplicationPatch{Name: &renamed}); err != nil {
		t.Fatal(err)
	}
	if got, err := tn.client.RefreshApplication(t.Context(), tn.applications[3], place); err != nil || got.Name != renamed {
		t.Errorf("after the write: %+v, %v", got, err)
	}
	if err := tn.client.DeleteUser(t.Context(), tn.users[4], ""); err != nil {
		t.Fatal(err)
	}
	if _, err := tn.client.RefreshApplicationUser(t.Context(), tn.applications[4], tn.users[4]); !atm.IsNotFound(err) {
		t.Errorf("an assignment that went with its user: %v, want not found", err)
	}
}

func TestClient_RefreshOfAnAbsentOneIsItsOwn404(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 5)
	place := atm.Scope{SuiteID: tn.suite, ProjectID: tn.project}
	for _, id := range append([]string{"not an id at all, % and /"}, tn.applications...) {
		_, err := tn.client.RefreshApplication(t.Context(), id, place)
		if wanted := strings.HasPrefix(id, "application"); wanted != (err == nil) || !wanted && !atm.IsNotFound(err) {
			t.Errorf("reading %q: %v", id, err)
		}
	}
}
