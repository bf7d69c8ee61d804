package management_test

import "testing"

func TestTokenRevocation_EndsWhatItNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.newApplication(w.suite, w.project, nil), w.newApplication(w.suite, w.project, nil)
	u, v := w.newUser(w.suite, w.project, "system_user"), w.newUser(w.suite, w.project, "system_user")
	for _, application := range []reply{a, b} {
		w.assign(application, u)
		w.assign(application, v)
	}
	for _, tc := range []struct {
		name string
		body fields
		ends string // of ua ub va vb
	}{
		{"user", fields{"userId": u.id()}, "ua ub "},
		{"application", fields{"applicationId": a.id()}, "ua va "},
		{"both", fields{"userId": u.id(), "applicationId": a.id()}, "ua "},
	} {
		families := map[string]string{"ua": w.family(a, u), "ub": w.family(b, u), "va": w.family(a, v), "vb": w.family(b, v)}
		w.want(204, "POST", "/token-revocations", tc.body)
		ended := ""
		for _, name := range []string{"ua", "ub", "va", "vb"} {
			if !w.alive(families[name]) {
				ended += name + " "
			}
		}
		if ended != tc.ends {
			t.Errorf("%s ends %q, want %q", tc.name, ended, tc.ends)
		}
	}
	later := w.family(a, u)
	if !w.alive(later) {
		t.Error("a family begun after the revocation is ended")
	}
}

func TestTokenRevocation_OfWhatIsNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, u := w.newApplication(w.suite, w.project, nil).id(), w.newUser(w.suite, w.project, "system_user").id()
	for _, tc := range []struct {
		body    fields
		pointer string
	}{
		{fields{"userId": "nobody"}, "/userId"},
		{fields{"applicationId": "nothing"}, "/applicationId"},
		{fields{"userId": "nobody", "applicationId": a}, "/userId"},
		{fields{"userId": u, "applicationId": "nothing"}, "/applicationId"},
	} {
		if got := w.want(404, "POST", "/token-revocations", tc.body); got.pointers() != tc.pointer {
			t.Errorf("%v: %s", tc.body, got.raw)
		}
	}
}
