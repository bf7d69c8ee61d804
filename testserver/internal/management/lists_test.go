package management_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// pages reads a listing to its end.
func (w *world) pages(path string, limit int) (ids []string, pages int) {
	w.t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	next := ""
	for {
		query := fmt.Sprintf("%slimit=%d", sep, limit)
		if next != "" {
			query += "&cursor=" + url.QueryEscape(next)
		}
		page := w.want(200, "GET", path+query, nil)
		for _, item := range page.items() {
			ids = append(ids, fmt.Sprint(item["id"]))
		}
		pages++
		if page.body["nextCursor"] == nil {
			return ids, pages
		}
		next = page.str("nextCursor")
	}
}

func TestList_PagesInOrderOfCreation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	suite, project := w.newSuite()
	var made []string
	for range 7 {
		made = append(made, w.newApplication(suite, project, nil).id())
	}
	path := "/applications?suiteId=" + suite
	for limit, want := range map[int]int{1: 7, 2: 4, 6: 2, 7: 1, 500: 1} {
		ids, pages := w.pages(path, limit)
		if fmt.Sprint(ids) != fmt.Sprint(made) || pages != want {
			t.Errorf("limit %d: %d pages of %v, want %d of %v", limit, pages, ids, want, made)
		}
	}
	page := w.want(200, "GET", path+"&limit=3", nil)
	if page.body["total"] != 7.0 {
		t.Errorf("total: %s", page.raw)
	}
	w.want(204, "DELETE", "/applications/"+made[2], nil)
	w.want(204, "DELETE", "/applications/"+made[3], nil)
	rest := w.want(200, "GET", path+"&limit=3&cursor="+page.str("nextCursor"), nil)
	if got := rest.names("id"); got != strings.Join(made[4:7], " ") {
		t.Errorf("after deletions: got %s, want %v", got, made[4:7])
	}
}

func TestList_DefaultLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 101 {
		w.newProject(w.suite)
	}
	page := w.want(200, "GET", "/projects", nil)
	if len(page.items()) != 100 || page.body["total"] != 102.0 || page.body["nextCursor"] == nil {
		t.Errorf("got %d items of %v", len(page.items()), page.body["total"])
	}
}

func TestList_Filters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	suite, project := w.newSuite()
	second := w.newProject(suite)
	a := w.newApplication(suite, project, fields{"name": "A"})
	b := w.newApplication(suite, second, fields{"name": "A", "authenticatorType": "client_credentials"})
	c := w.newApplication(w.suite, w.project, fields{"name": "C"})
	u := w.want(201, "POST", "/users", with(userIn(suite, project, "system_user"), fields{"email": "Ü@example.com"}))
	v := w.newUser(suite, second, "suite_admin")
	name := w.want(200, "GET", "/suites/"+suite, nil).str("name")
	join := func(list ...string) string { return strings.Join(list, " ") }
	for path, want := range map[string]string{
		"/suites?name=" + url.QueryEscape(name):                      suite,
		"/suites?name=nothing":                                       "",
		"/suites?ids=" + suite + ",nothing," + w.suite:               join(w.suite, suite),
		"/projects?suiteId=" + suite:                                 join(project, second),
		"/projects?ids=" + second + "&suiteId=" + w.suite:            "",
		"/projects?name=home":                                        w.project,
		"/applications?name=A":                                       join(a.id(), b.id()),
		"/applications?name=a":                                       "",
		"/applications?suiteId=" + suite:                             join(a.id(), b.id()),
		"/applications?projectId=" + second:                          b.id(),
		"/applications?authenticatorType=client_credentials":         b.id(),
		"/applications?ids=" + c.id() + "," + a.id():                 join(a.id(), c.id()),
		"/applications?name=A&projectId=" + project:                  a.id(),
		"/users?email=" + url.QueryEscape("ü@EXAMPLE.com"):           u.id(),
		"/users?email=nobody@example.com":                            "",
		"/users?suiteId=" + suite:                                    join(u.id(), v.id()),
		"/users?projectId=" + second:                                 v.id(),
		"/users?ids=" + v.id() + "," + v.id():                        v.id(),
		"/users?suiteId=" + suite + "&ids=" + u.id() + ",x,y":        u.id(),
		"/applications?suiteId=" + suite + "&projectId=" + w.project: "",
	} {
		got := w.want(200, "GET", path, nil)
		if got.names("id") != want || got.body["total"] != float64(len(strings.Fields(want))) {
			t.Errorf("%s: got %q of %v, want %q", path, got.names("id"), got.body["total"], want)
		}
	}
}

func TestList_ItemsAreTheObjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application := w.newApplication(w.suite, w.project, fields{"clientSecret": givenSecret})
	user := w.newUser(w.suite, w.project, "system_user")
	for path, want := range map[string]string{
		"/applications?ids=" + application.id(): application.raw, "/users?ids=" + user.id(): user.raw,
	} {
		if got := w.want(200, "GET", path, nil); !strings.Contains(got.raw, want) {
			t.Errorf("%s: %s does not hold %s", path, got.raw, want)
		}
	}
}

func TestList_CursorOfAnotherListing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	suite, project := w.newSuite()
	for range 3 {
		w.newApplication(suite, project, fields{})
	}
	cursor := w.want(200, "GET", "/applications?limit=1&suiteId="+suite, nil).str("nextCursor")
	w.want(200, "GET", "/applications?limit=2&suiteId="+suite+"&cursor="+cursor, nil)
	changed := []byte(cursor)
	changed[3] ^= 1
	for _, path := range []string{
		"/applications?cursor=" + cursor,
		"/applications?suiteId=" + w.suite + "&cursor=" + cursor,
		"/applications?suiteId=" + suite + "&name=x&cursor=" + cursor,
		"/users?suiteId=" + suite + "&cursor=" + cursor,
		"/applications?suiteId=" + suite + "&cursor=" + string(changed),
		"/applications?suiteId=" + suite + "&cursor=" + cursor[:10],
		"/applications?suiteId=" + suite + "&cursor=" + cursor + "AA",
		"/applications?suiteId=" + suite + "&cursor=0",
	} {
		got := w.want(400, "GET", path, nil)
		if got.problem() != "invalid-request" || got.pointers() != "cursor" || !strings.Contains(got.str("detail"), "same filters") {
			t.Errorf("%s: %s", path, got.raw)
		}
	}
}
