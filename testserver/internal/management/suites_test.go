package management_test

import (
	"testing"
)

func TestSuite_CreateReadUpdateDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.want(201, "POST", "/suites", fields{"name": "Payments"})
	if made.str("name") != "Payments" || made.header.Get("ETag") != made.etag() || made.id() == "" {
		t.Errorf("created %s with ETag %q", made.raw, made.header.Get("ETag"))
	}
	path := "/suites/" + made.id()
	if read := w.want(200, "GET", path, nil); read.raw != made.raw || read.header.Get("ETag") != made.etag() {
		t.Errorf("read %s, created %s", read.raw, made.raw)
	}
	same := w.want(200, "PATCH", path, fields{"name": "Payments"})
	if same.raw != made.raw {
		t.Errorf("a patch that changes nothing returns %s", same.raw)
	}
	if same := w.want(200, "PATCH", path, fields{}); same.raw != made.raw {
		t.Errorf("an empty patch returns %s", same.raw)
	}
	w.advance(1000)
	changed := w.want(200, "PATCH", path, fields{"name": "Billing"})
	if changed.str("name") != "Billing" || changed.etag() == made.etag() || changed.str("createdAt") != made.str("createdAt") {
		t.Errorf("changed: %s, was %s", changed.raw, made.raw)
	}
	w.want(204, "DELETE", path, nil)
	if gone := w.want(404, "GET", path, nil); gone.problem() != "not-found" {
		t.Errorf("after deletion: %s", gone.raw)
	}
	w.want(404, "DELETE", path, nil)
	w.want(404, "PATCH", path, fields{"name": "x"})
}

func TestSuite_NameIsUnique(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.want(201, "POST", "/suites", fields{"name": "Payments"})
	w.want(201, "POST", "/suites", fields{"name": "payments"})
	second := w.want(409, "POST", "/suites", fields{"name": "Payments"})
	existing, _ := second.body["existing"].(map[string]any)
	if second.problem() != "name-taken" || existing["id"] != first.id() || existing["createdAt"] != first.str("createdAt") ||
		second.pointers() != "/name" {
		t.Errorf("got %s", second.raw)
	}
	other := w.want(201, "POST", "/suites", fields{"name": "Billing"})
	if taken := w.want(409, "PATCH", "/suites/"+other.id(), fields{"name": "Payments"}); taken.problem() != "name-taken" {
		t.Errorf("got %s", taken.raw)
	}
}

func TestSuite_NotDeletedWhileItHoldsSomething(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	suite, project := w.newSuite()
	if refused := w.want(409, "DELETE", "/suites/"+suite, nil); refused.problem() != "not-empty" {
		t.Errorf("got %s", refused.raw)
	}
	w.want(204, "DELETE", "/projects/"+project, nil)
	w.want(204, "DELETE", "/suites/"+suite, nil)
}
