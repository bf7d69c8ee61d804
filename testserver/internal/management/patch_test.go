package management_test

import (
	"encoding/json"
	"fmt"
	"testing"
)

// FuzzMergePatch sends any JSON to an application and holds what it became
// against RFC 7396: what was not sent stays, null is the default, a value
// replaces.
func FuzzMergePatch(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"accessTokenLifespan":60}`, `{"accessTokenLifespan":null,"managementAccess":true}`, `{"name":"n","allowedOrigins":["*"]}`,
		`{"redirectUrls":["https://a.example/x","https://b.example/"],"refreshTokenGracePeriod":1e1}`, `{"redirectUrls":null}`,
		`[]`, `null`, `{"name":null}`, `{"allowedOrigins":["HTTPS://A.example:443"]}`, `{"refreshTokenLifespan":31536000.0}`,
	} {
		f.Add([]byte(seed))
	}
	defaults := fields{"allowedOrigins": "[]", "accessTokenLifespan": "600", "refreshTokenLifespan": "86400",
		"refreshTokenGracePeriod": "0", "managementAccess": "false"}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, patch []byte) {
		w := *w
		w.t = t
		before := w.newApplication(w.suite, w.project, fields{
			"authenticatorType": "authorization_code", "redirectUrls": []string{"https://a.example/"},
			"allowedOrigins": []string{"https://o.example"}, "accessTokenLifespan": 61, "refreshTokenLifespan": 301, "refreshTokenGracePeriod": 7,
		})
		path := "/applications/" + before.id()
		defer w.want(204, "DELETE", path, nil)
		got := w.do("PATCH", path, string(patch))
		after := w.want(200, "GET", path, nil)
		if got.status != 200 {
			if got.status >= 500 || after.etag() != before.etag() {
				t.Fatalf("%q: got %d %s; the etag was %s and is %s", patch, got.status, got.raw, before.etag(), after.etag())
			}
			return
		}
		var sent map[string]json.RawMessage
		if err := json.Unmarshal(patch, &sent); err != nil {
			t.Fatalf("accepted what is no object: %q", patch)
		}
		for field, was := range before.body {
			is := fmt.Sprint(after.body[field])
			switch value, isSent := sent[field]; {
			case field == "etag" || field == "updatedAt" || field == "clientSecret":
			case !isSent && is != fmt.Sprint(was):
				t.Errorf("%q: %s was %v and is %s", patch, field, was, is)
			case isSent && string(value) == "null" && is != defaults[field]:
				t.Errorf("%q: %s is %s, want its default %v", patch, field, is, defaults[field])
			case isSent && field == "name" && string(value) != "null":
				var name string
				if err := json.Unmarshal(value, &name); err != nil || is != name {
					t.Errorf("%q: the name is %q", patch, is)
				}
			}
		}
	})
}
