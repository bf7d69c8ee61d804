package store_test

import (
	"errors"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func put(t testing.TB, s *store.Store, applicationID string, item store.AssignmentSet) (a store.Assignment, created bool, err error) {
	t.Helper()
	err = s.Write(t.Context(), func(tx *store.Tx) error {
		a, created, err = tx.PutAssignment(applicationID, item, now)
		return err
	})
	return a, created, err
}

func assign(t testing.TB, s *store.Store, applicationID, userID string, enabled bool) store.Assignment {
	t.Helper()
	a, _, err := put(t, s, applicationID, store.AssignmentSet{UserID: userID, Enabled: enabled})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func change(t testing.TB, s *store.Store, applicationID string, set []store.AssignmentSet, remove []store.AssignmentRemoval) ([]store.Assignment, error) {
	t.Helper()
	return inWrite(t, s, func(tx *store.Tx) ([]store.Assignment, error) {
		return tx.ChangeAssignments(applicationID, set, remove, later)
	})
}

func assignmentsOf(t testing.TB, s *store.Store, applicationID string) map[string]store.Assignment {
	t.Helper()
	l := read(t, s, func(tx *store.Tx) (store.List[store.Assignment], error) {
		return tx.Assignments(store.AssignmentFilter{Scope: store.Everything(), ApplicationIDs: []string{applicationID}},
			store.Page{Limit: 5000})
	})
	out := map[string]store.Assignment{}
	for _, a := range l.Items {
		out[a.UserID] = a
	}
	if len(out) != l.Total {
		t.Fatalf("%d assignments, total %d", len(out), l.Total)
	}
	return out
}

func TestAssignment_PutCreatesThenChanges(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, u := newApplication(t, s, p), newUser(t, s, p)
		first, created, err := put(t, s, a.ID, store.AssignmentSet{UserID: u.ID, Enabled: true, New: true})
		if err != nil || !created || !first.Enabled || first.ETag == "" || first.Seq == 0 || !first.CreatedAt.Equal(stored) {
			t.Fatalf("created %v as %+v (%v)", created, first, err)
		}
		if got := assignmentsOf(t, s, a.ID)[u.ID]; got != first {
			t.Fatalf("read as %+v, want %+v", got, first)
		}
		same, created, err := put(t, s, a.ID, store.AssignmentSet{UserID: u.ID, Enabled: true, ETag: first.ETag})
		if err != nil || created || same != first {
			t.Fatalf("a no-op returned %+v (%v)", same, err)
		}
		off, created, err := put(t, s, a.ID, store.AssignmentSet{UserID: u.ID, ETag: first.ETag})
		if err != nil || created || off.Enabled || off.ETag == first.ETag || off.Seq != first.Seq {
			t.Fatalf("switched off as %+v (%v)", off, err)
		}
		got, err := s.Direct(t.Context()).Assignment(a.ID, u.ID)
		if err != nil || got != off {
			t.Fatalf("read as %+v (%v), want %+v", got, err, off)
		}
		if after := readApplication(t, s, a.ID); after.ETag != a.ETag {
			t.Fatal("an assignment changed the application's etag")
		}
	})
}

func TestAssignment_PutKeepsTheRules(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, u, other := newApplication(t, s, p), newUser(t, s, p), newUser(t, s, p)
		assign(t, s, a.ID, u.ID, true)
		_, _, err := put(t, s, a.ID, store.AssignmentSet{UserID: u.ID, New: true})
		wantTaken(t, err, store.AlreadyAssigned, u.ID)
		_, _, err = put(t, s, a.ID, store.AssignmentSet{UserID: u.ID, ETag: `"stale"`})
		wantError(t, err, store.ErrStale)
		_, _, err = put(t, s, a.ID, store.AssignmentSet{UserID: other.ID, ETag: `"gone"`})
		wantError(t, err, store.ErrStale)
		_, _, err = put(t, s, a.ID, store.AssignmentSet{UserID: "nobody"})
		wantError(t, err, store.ErrReference)
		_, _, err = put(t, s, "nowhere", store.AssignmentSet{UserID: u.ID})
		wantError(t, err, store.ErrNotFound)
		remove := func(userID string) error {
			return s.Write(t.Context(), func(tx *store.Tx) error { return tx.DeleteAssignment(a.ID, userID, later) })
		}
		if err := remove(u.ID); err != nil {
			t.Fatal(err)
		}
		wantError(t, remove(u.ID), store.ErrNotFound)
		wantError(t, remove("nobody"), store.ErrNotFound)
	})
}

func TestAssignment_SwitchingOffOrRemovingEndsItsFamilies(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, b := newApplication(t, s, p), newApplication(t, s, p)
		off, gone, stays := newUser(t, s, p), newUser(t, s, p), newUser(t, s, p)
		want := map[string]string{}
		for user, reason := range map[string]string{off.ID: "assignment disabled", gone.ID: "assignment removed", stays.ID: ""} {
			assign(t, s, a.ID, user, true)
			want[newFamily(t, s, a.ID, user, "user_credentials").ID] = reason
			want[newFamily(t, s, b.ID, user, "user_credentials").ID] = ""
		}
		_, err := change(t, s, a.ID, []store.AssignmentSet{{UserID: off.ID}, {UserID: stays.ID, Enabled: true}},
			[]store.AssignmentRemoval{{UserID: gone.ID}})
		if err != nil {
			t.Fatal(err)
		}
		for family, reason := range want {
			if got := revokedBecause(t, s, family); got != reason {
				t.Errorf("revoked because %q, want %q", got, reason)
			}
		}
	})
}

func TestAssignments_BulkDoesAllInOrder(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a := newApplication(t, s, p)
		var users [6]store.User
		for i := range users {
			users[i] = newUser(t, s, p)
		}
		kept := assign(t, s, a.ID, users[1].ID, true)
		assign(t, s, a.ID, users[2].ID, false)
		assign(t, s, a.ID, users[3].ID, true)
		assign(t, s, a.ID, users[4].ID, true)
		got, err := change(t, s, a.ID, []store.AssignmentSet{
			{UserID: users[0].ID, Enabled: true, New: true},
			{UserID: users[1].ID, Enabled: true, ETag: kept.ETag},
			{UserID: users[2].ID, Enabled: true},
			{UserID: users[3].ID, Enabled: false},
			{UserID: users[5].ID, Enabled: false},
		}, []store.AssignmentRemoval{{UserID: users[4].ID}, {UserID: "never was"}})
		if err != nil {
			t.Fatal(err)
		}
		enabled := []bool{true, true, true, false, false}
		now := assignmentsOf(t, s, a.ID)
		if len(got) != 5 || len(now) != 5 {
			t.Fatalf("%d returned and %d stored, want 5 each", len(got), len(now))
		}
		for i, user := range []int{0, 1, 2, 3, 5} {
			if got[i].UserID != users[user].ID || got[i].Enabled != enabled[i] || now[users[user].ID] != got[i] {
				t.Errorf("item %d returned as %+v, stored as %+v", i, got[i], now[users[user].ID])
			}
		}
		if got[1] != kept {
			t.Errorf("what was as wanted changed from %+v to %+v", kept, got[1])
		}
		if got[4].Seq <= got[0].Seq {
			t.Errorf("created out of order: %d after %d", got[4].Seq, got[0].Seq)
		}
	})
}

func TestAssignments_OneWrongItemRefusesTheWhole(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, fresh, assigned := newApplication(t, s, p), newUser(t, s, p), newUser(t, s, p)
		assign(t, s, a.ID, assigned.ID, true)
		before := assignmentsOf(t, s, a.ID)
		good := store.AssignmentSet{UserID: fresh.ID, Enabled: true}
		tests := map[string]struct {
			set    store.AssignmentSet
			remove store.AssignmentRemoval
			list   string
			want   error
		}{
			"no such user":      {set: store.AssignmentSet{UserID: "nobody"}, list: "set", want: store.ErrReference},
			"stale":             {set: store.AssignmentSet{UserID: assigned.ID, ETag: `"x"`}, list: "set", want: store.ErrStale},
			"stale removal":     {remove: store.AssignmentRemoval{UserID: assigned.ID, ETag: `"x"`}, list: "remove", want: store.ErrStale},
			"gone with an etag": {remove: store.AssignmentRemoval{UserID: "nobody", ETag: `"x"`}, list: "remove", want: store.ErrStale},
		}
		for name, tt := range tests {
			set, remove, index := []store.AssignmentSet{good}, []store.AssignmentRemoval(nil), 1
			if tt.list == "set" {
				set = append(set, tt.set)
			} else {
				remove, index = []store.AssignmentRemoval{tt.remove}, 0
			}
			_, err := change(t, s, a.ID, set, remove)
			var item *store.ItemError
			if !errors.As(err, &item) || !errors.Is(err, tt.want) || item.List != tt.list || item.Index != index {
				t.Errorf("%s: got %v, want %v at %s[%d]", name, err, tt.want, tt.list, index)
			}
		}
		_, err := change(t, s, a.ID, []store.AssignmentSet{good, {UserID: assigned.ID, New: true}}, nil)
		wantTaken(t, err, store.AlreadyAssigned, assigned.ID)
		if _, err := change(t, s, a.ID, []store.AssignmentSet{good, good}, nil); err == nil {
			t.Error("a user named twice was taken")
		}
		_, err = change(t, s, "nowhere", []store.AssignmentSet{good}, nil)
		wantError(t, err, store.ErrNotFound)
		if after := assignmentsOf(t, s, a.ID); len(after) != 1 || after[assigned.ID] != before[assigned.ID] {
			t.Fatalf("something was changed: %+v", after)
		}
	})
}

func TestAssignments_AThousandUsersInBulk(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a := newApplication(t, s, p)
		var set []store.AssignmentSet
		var remove []store.AssignmentRemoval
		write(t, s, func(tx *store.Tx) error {
			set, remove = nil, nil
			for i := range 1000 {
				u := user(p)
				if _, err := tx.CreateUser(u, now); err != nil {
					return err
				}
				set = append(set, store.AssignmentSet{UserID: u.ID, Enabled: i%3 == 0})
				remove = append(remove, store.AssignmentRemoval{UserID: u.ID})
			}
			return nil
		})
		for _, part := range [][]store.AssignmentSet{set[:500], set[500:]} {
			if _, err := change(t, s, a.ID, part, nil); err != nil {
				t.Fatal(err)
			}
		}
		stored := assignmentsOf(t, s, a.ID)
		if len(stored) != 1000 {
			t.Fatalf("%d assignments, want 1000", len(stored))
		}
		seqs := map[int64]bool{}
		for _, item := range set {
			if stored[item.UserID].Enabled != item.Enabled {
				t.Fatalf("stored as %+v, want %+v", stored[item.UserID], item)
			}
			seqs[stored[item.UserID].Seq] = true
		}
		if len(seqs) != 1000 {
			t.Fatalf("%d numbers for 1000 assignments", len(seqs))
		}
		if _, err := change(t, s, a.ID, nil, remove); err != nil {
			t.Fatal(err)
		}
		if left := assignmentsOf(t, s, a.ID); len(left) != 0 {
			t.Fatalf("%d assignments left", len(left))
		}
	})
}

func TestHasUserBeyond(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p, elsewhere := place(t, s), place(t, s)
		super := user(p)
		super.Role = "super_admin"
		must(t, s, func(tx *store.Tx) (store.User, error) { return tx.CreateUser(super, now) })
		for name, beyond := range map[string]string{
			"a super admin":           super.ID,
			"a user of another suite": newUser(t, s, elsewhere).ID,
		} {
			a := newApplication(t, s, p)
			assign(t, s, a.ID, newUser(t, s, p).ID, true)
			has := func() bool {
				return read(t, s, func(tx *store.Tx) (bool, error) { return tx.HasUserBeyond(a.ID, p.SuiteID, "super_admin") })
			}
			if has() {
				t.Errorf("%s is assigned before one is", name)
			}
			assign(t, s, a.ID, beyond, false)
			if !has() {
				t.Errorf("%s is assigned, and was not found", name)
			}
		}
	})
}
