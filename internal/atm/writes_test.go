package atm_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// forEachKind runs the test for each kind of object, in a tenant of its own.
func forEachKind(t *testing.T, run func(t *testing.T, tn *tenant, k kind)) {
	t.Helper()
	for name, k := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, newTenant(t, 1), k)
		})
	}
}

// make creates an object for a test that is about something else.
func (k kind) make(t *testing.T, tn *tenant, name string) written {
	t.Helper()
	made, err := k.create(t.Context(), tn, atm.NewIdempotencyKey(), name)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return made
}

func TestWrites_DoWhatTheySay(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *testing.T, tn *tenant, k kind) {
		ctx := t.Context()
		made := k.make(t, tn, "one")
		if read, err := k.read(ctx, tn, made.id); err != nil || read != made || made.name != "one" {
			t.Fatalf("created %+v, read %+v, %v", made, read, err)
		}
		changed, err := k.update(ctx, tn, made.id, made.etag, "two")
		if err != nil || changed.id != made.id || changed.name != "two" || changed.etag == made.etag {
			t.Fatalf("updated to %+v, %v", changed, err)
		}
		if again, err := k.update(ctx, tn, made.id, "", "three"); err != nil || again.name != "three" {
			t.Fatalf("updated without an etag to %+v, %v", again, err)
		}
		if read, err := k.refresh(ctx, tn, made.id); err != nil || read.name != "three" {
			t.Errorf("refreshed: %+v, %v", read, err)
		}
		if err := k.remove(ctx, tn, made.id, ""); err != nil {
			t.Fatal(err)
		}
		_, err = k.read(ctx, tn, made.id)
		_, refreshErr := k.refresh(ctx, tn, made.id)
		_, updateErr := k.update(ctx, tn, made.id, "", "four")
		for _, err := range []error{err, refreshErr, updateErr, k.remove(ctx, tn, made.id, ""), k.remove(ctx, tn, made.id, made.etag)} {
			if !atm.IsNotFound(err) {
				t.Errorf("once deleted: %v, want not found", err)
			}
		}
	})
}

func TestWrites_ATakenNameIsAConflict(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *testing.T, tn *tenant, k kind) {
		first, other := k.make(t, tn, "one"), k.make(t, tn, "other")
		_, createErr := k.create(t.Context(), tn, atm.NewIdempotencyKey(), "one")
		_, updateErr := k.update(t.Context(), tn, other.id, other.etag, "one")
		for _, err := range []error{createErr, updateErr} {
			var (
				refused *atm.ProblemError
				lost    *atm.UnknownOutcomeError
			)
			if !errors.As(err, &refused) || refused.Type != k.taken || errors.As(err, &lost) {
				t.Fatalf("%v, want %s", err, k.taken)
			}
			if refused.Existing == nil || refused.Existing.ID != first.id {
				t.Errorf("%v names %+v as the object in the way, want %s", err, refused.Existing, first.id)
			}
		}
		if read, err := k.read(t.Context(), tn, other.id); err != nil || read != other {
			t.Errorf("the refused update left %+v, %v", read, err)
		}
	})
}

func TestWrites_AStaleEtagChangesNothing(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *testing.T, tn *tenant, k kind) {
		made := k.make(t, tn, "one")
		now, err := k.update(t.Context(), tn, made.id, made.etag, "two")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.update(t.Context(), tn, made.id, made.etag, "three"); !atm.IsStale(err) {
			t.Errorf("update: %v, want stale", err)
		}
		if err := k.remove(t.Context(), tn, made.id, made.etag); !atm.IsStale(err) {
			t.Errorf("delete: %v, want stale", err)
		}
		if read, err := k.read(t.Context(), tn, made.id); err != nil || read != now {
			t.Errorf("afterwards %+v, %v, want %+v", read, err, now)
		}
	})
}

// A write whose response was lost happens once, and is a success.
func TestWrites_ALostResponseIsRecovered(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *testing.T, tn *tenant, k kind) {
		lose := func(method, path string) {
			tn.server.Fail(testserver.Fault{Method: method, Path: path, Times: 1, Drop: testserver.DropAfter})
		}
		before, err := k.list(t.Context(), tn, nil)
		if err != nil {
			t.Fatal(err)
		}
		lose(http.MethodPost, k.path)
		made := k.make(t, tn, "one")
		if after, err := k.list(t.Context(), tn, nil); err != nil || len(after) != len(before)+1 || after[len(after)-1] != made {
			t.Errorf("of %v, the create made %v, %v", before, after, err)
		}
		lose(http.MethodPatch, k.one)
		if changed, err := k.update(t.Context(), tn, made.id, made.etag, "two"); err != nil || changed.name != "two" {
			t.Errorf("update: %+v, %v", changed, err)
		}
		lose(http.MethodDelete, k.one)
		if err := k.remove(t.Context(), tn, made.id, ""); err != nil {
			t.Errorf("delete: %v", err)
		}
		if _, err := k.read(t.Context(), tn, made.id); !atm.IsNotFound(err) {
			t.Errorf("after the delete: %v, want not found", err)
		}
	})
}

// The key tells what a create did whose response was lost, and then refuses a create that arrives late.
func TestWrites_AKeyTellsItsOutcome(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *testing.T, tn *tenant, k kind) {
		key := atm.NewIdempotencyKey()
		made, err := k.create(t.Context(), tn, key, "one")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := k.create(t.Context(), tn, key, "one"); err != nil || again != made {
			t.Errorf("once more under the key: %+v, %v", again, err)
		}
		if result, err := tn.client.ResolveKey(t.Context(), key); err != nil || result.Id != made.id {
			t.Errorf("the key: %+v, %v", result, err)
		}
		if _, err := k.create(t.Context(), tn, key, "two"); !atm.IsProblem(err, "urn:atm:problem:idempotency-key-reused") {
			t.Errorf("another create under the key: %v", err)
		}
		unused := atm.NewIdempotencyKey()
		if _, err := tn.client.ResolveKey(t.Context(), unused); !atm.IsNotFound(err) {
			t.Errorf("a key of nothing: %v, want not found", err)
		}
		if _, err := k.create(t.Context(), tn, unused, "two"); !atm.IsProblem(err, atm.ProblemKeyVoid) {
			t.Errorf("a create that arrives late: %v, want it refused", err)
		}
	})
}

func TestLists_SelectAndFind(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *testing.T, tn *tenant, k kind) {
		one := k.make(t, tn, "one")
		tn.server.Clock.Advance(time.Second)
		two := k.make(t, tn, "two")
		many := func(n int) []string { return append(append([]string{two.id, two.id, two.id}, madeUp(n-2)...), one.id) }
		for name, tc := range map[string]struct {
			ids      []string
			want     []written
			requests int
		}{
			"in the order of creation":   {[]string{two.id, one.id, two.id}, []written{one, two}, 1},
			"what exists":                {[]string{two.id, "nobody-has-this-id"}, []written{two}, 1},
			"none":                       {[]string{}, nil, 0},
			"as many as a request takes": {many(200), []written{one, two}, 1},
			"one more":                   {many(201), []written{one, two}, 2},
			"many more":                  {many(450), []written{one, two}, 3},
		} {
			tn.server.ForgetRequests()
			if got, err := k.list(t.Context(), tn, &tc.ids); err != nil || !slices.Equal(got, tc.want) {
				t.Errorf("%s: %v, %v, want %v", name, got, err, tc.want)
			}
			if n := tn.server.CountRequests(http.MethodGet, k.path); n != tc.requests {
				t.Errorf("%s: %d requests, want %d", name, n, tc.requests)
			}
		}
		if found, err := k.find(t.Context(), tn, "two"); err != nil || found != two {
			t.Errorf("found %+v, %v", found, err)
		}
		var none *atm.NoSuchError
		if _, err := k.find(t.Context(), tn, "three"); !errors.As(err, &none) || atm.IsNotFound(err) || none.Error() == "" {
			t.Errorf("what does not exist: %v", err)
		}
	})
}

// madeUp are ids that no object has.
func madeUp(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = atm.NewIdempotencyKey()[:21]
	}
	return ids
}

func TestFind_SaysWhichParentIsMissing(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 1)
	for _, tc := range []struct{ suite, project, kind, key string }{
		{"nowhere", "project", "suite", "nowhere"}, {"suite", "nowhere", "project", "nowhere"}, {"suite", "project", "application", "none"},
	} {
		_, err := tn.client.ApplicationAt(t.Context(), tc.suite, tc.project, "none")
		var none *atm.NoSuchError
		if !errors.As(err, &none) || none.Kind != tc.kind || none.Key != tc.key {
			t.Errorf("%s/%s: %v", tc.suite, tc.project, err)
		}
	}
}

func TestDelete_OfWhatIsNotEmptyIsRefused(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 1)
	for name, tc := range map[string]struct {
		err  error
		kind string
	}{
		"suite":       {tn.client.DeleteSuite(t.Context(), tn.suite, ""), "urn:atm:problem:not-empty"},
		"project":     {tn.client.DeleteProject(t.Context(), tn.project, ""), "urn:atm:problem:not-empty"},
		"application": {tn.client.DeleteApplication(t.Context(), tn.applications[0], ""), atm.ProblemHasUsers},
	} {
		if !atm.IsProblem(tc.err, tc.kind) {
			t.Errorf("%s: %v, want %s", name, tc.err, tc.kind)
		}
	}
}
