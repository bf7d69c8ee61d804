package openapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/body"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/openapi"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

var document = sync.OnceValues(func() (*openapi.Validator, error) {
	data, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		return nil, err
	}
	return openapi.Parse(data)
})

func load(t testing.TB) *openapi.Validator {
	t.Helper()
	c, err := document()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDocument_IsValidOpenAPI(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		method, path, id string
		allowed          []string
	}{
		{"GET", "/api/v1/suites", "listSuites", nil},
		{"GET", "/api/v1/suites/abc", "getSuite", nil},
		{"POST", "/api/v1/applications/abc/secret", "rotateApplicationSecret", nil},
		{"PUT", "/api/v1/applications/a/users/b", "putApplicationUser", nil},
		{"PUT", "/api/v1/suites", "", []string{"GET", "POST"}},
		{"POST", "/api/v1/applications/a/users/b", "", []string{"GET", "PUT", "DELETE"}},
		{"GET", "/api/v1/nothing", "", nil},
		{"GET", "/api/v1/suites/a/b", "", nil},
	} {
		op, allowed := load(t).Find(httptest.NewRequest(tc.method, tc.path, nil))
		id := ""
		if op != nil {
			id = op.ID
		}
		if id != tc.id || fmt.Sprint(allowed) != fmt.Sprint(tc.allowed) {
			t.Errorf("%s %s: got %q, %v; want %q, %v", tc.method, tc.path, id, allowed, tc.id, tc.allowed)
		}
	}
}

// check runs a request through the document and gives the fields refused.
func check(t testing.TB, r *http.Request) (string, map[string]string) {
	t.Helper()
	op, _ := load(t).Find(r)
	if op == nil {
		t.Fatalf("no operation for %s %s", r.Method, r.URL.Path)
	}
	_, err := op.CheckRequest(r)
	if err == nil {
		return "", nil
	}
	p := problem.From(err)
	fields := map[string]string{}
	for _, f := range p.Fields {
		fields[f.Pointer] = f.Detail
	}
	return p.Type, fields
}

func TestCheckRequest_Parameters(t *testing.T) {
	t.Parallel()
	long := strings.TrimSuffix(strings.Repeat("x,", 201), ",")
	for _, tc := range []struct {
		query, pointer, detail string
	}{
		{"", "", ""},
		{"limit=1&cursor=abc&name=x&ids=a,b,c", "", ""},
		{"limit=500", "", ""},
		{"limit=0", "limit", "must be at least 1"},
		{"limit=501", "limit", "must be at most 500"},
		{"limit=x", "limit", "must be a whole number"},
		{"limit=1.5", "limit", "must be a whole number"},
		{"limit=", "limit", "must not be empty"},
		{"limit=5&limit=6", "limit", "must be given once"},
		{"name=", "name", "must not be empty"},
		{"name=" + strings.Repeat("x", 101), "name", "must have at most 100 characters"},
		{"name=a%00b", "name", "must be UTF-8 without NUL"},
		{"name=%ff", "name", "must be UTF-8 without NUL"},
		{"ids=" + long, "ids", "must contain at most 200 items"},
		{"cursor=" + strings.Repeat("x", 201), "cursor", "must have at most 200 characters"},
		{"suiteID=x", "suiteID", "is not a parameter of this operation"},
	} {
		kind, fields := check(t, httptest.NewRequest("GET", "/api/v1/suites?"+tc.query, nil))
		if tc.pointer == "" {
			if kind != "" {
				t.Errorf("%q is refused: %v", tc.query, fields)
			}
			continue
		}
		if kind != "invalid-request" || fields[tc.pointer] != tc.detail {
			t.Errorf("%q: got %s %v; want %s %q", tc.query, kind, fields, tc.pointer, tc.detail)
		}
	}
}

func TestCheckRequest_Body(t *testing.T) {
	t.Parallel()
	const ids = `"suiteId":"s","projectId":"p","authenticatorType":"user_credentials"`
	for _, tc := range []struct {
		name, body string
		fields     map[string]string
	}{
		{"right", `{"name":"n",` + ids + `}`, nil},
		{"whole number with a point", `{"name":"n","accessTokenLifespan":600.0,` + ids + `}`, nil},
		{"whole number with an exponent", `{"name":"n","accessTokenLifespan":6e2,` + ids + `}`, nil},
		{"unknown fields", `{"name":"n","Name":"x","a/b~c":1,` + ids + `}`, map[string]string{
			"/Name": "is not a known field", "/a~1b~0c": "is not a known field"}},
		{"several at once", `{"accessTokenLifespan":59,"refreshTokenLifespan":31536001,` + ids + `}`, map[string]string{
			"/name": "is required", "/accessTokenLifespan": "must be at least 60", "/refreshTokenLifespan": "must be at most 31536000"}},
		{"wrong types", `{"name":5,"managementAccess":"yes","redirectUrls":"x","accessTokenLifespan":60.5,` + ids + `}`, map[string]string{
			"/name": "must be a string", "/managementAccess": "must be true or false",
			"/redirectUrls": "must be an array", "/accessTokenLifespan": "must be a whole number"}},
		{"null", `{"name":null,` + ids + `}`, map[string]string{"/name": "must not be null"}},
		{"empty", `{"name":"",` + ids + `}`, map[string]string{"/name": "must not be empty"}},
		{"slash", `{"name":"a/b",` + ids + `}`, map[string]string{"/name": "must contain neither a slash nor control characters"}},
		{"control character", `{"name":"a\u007f",` + ids + `}`, map[string]string{"/name": "must contain neither a slash nor control characters"}},
		{"control character of Unicode", `{"name":"a\u0085",` + ids + `}`, map[string]string{"/name": "must contain neither a slash nor control characters"}},
		{"NUL", `{"name":"n","redirectUrls":["a\u0000"],` + ids + `}`, map[string]string{"/redirectUrls/0": "must not contain the character NUL"}},
		{"enum", `{"name":"n","suiteId":"s","projectId":"p","authenticatorType":"saml"}`, map[string]string{
			"/authenticatorType": "must be one of user_credentials, client_credentials, authorization_code, authorization_code_pkce"}},
		{"twice in a list", `{"name":"n","allowedOrigins":["*","*"],` + ids + `}`, map[string]string{"/allowedOrigins": "must not contain duplicates"}},
		{"twice in an object", `{"name":"n","name":"m",` + ids + `}`, map[string]string{"/name": "must be given once"}},
		{"secret", `{"name":"n","clientSecret":"short",` + ids + `}`, map[string]string{"/clientSecret": "must have at least 32 characters"}},
		{"not an object", `[]`, map[string]string{"": "must be an object"}},
		{"no JSON", `{"name":`, map[string]string{}},
		{"more than one", `{} {}`, map[string]string{}},
		{"half a surrogate pair", `{"name":"\ud800",` + ids + `}`, map[string]string{}},
		{"not UTF-8", "{\"name\":\"\xff\"," + ids + `}`, map[string]string{}},
	} {
		r := httptest.NewRequest("POST", "/api/v1/applications", strings.NewReader(tc.body))
		r.Header.Set("Content-Type", "application/json; charset=UTF-8")
		kind, fields := check(t, r)
		if tc.fields == nil {
			if kind != "" {
				t.Errorf("%s is refused: %v", tc.name, fields)
			}
			continue
		}
		if kind != "invalid-request" || fmt.Sprint(fields) != fmt.Sprint(tc.fields) {
			t.Errorf("%s: got %s %v; want %v", tc.name, kind, fields, tc.fields)
		}
	}
}

func TestCheckRequest_MergePatchTakesNull(t *testing.T) {
	t.Parallel()
	body := `{"redirectUrls":null,"allowedOrigins":null,"accessTokenLifespan":null,"refreshTokenLifespan":null,
		"refreshTokenGracePeriod":null,"managementAccess":null}`
	r := httptest.NewRequest("PATCH", "/api/v1/applications/x", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/merge-patch+json")
	if kind, fields := check(t, r); kind != "" {
		t.Errorf("refused: %v", fields)
	}
}

func TestCheckRequest_DetailHoldsNoValue(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-hunter2"
	for _, body := range []string{
		`{"clientSecret":"` + secret + `"}`, `{"clientSecret":["` + secret + `"]}`, `{"name":"` + secret + `/"}`,
		`{"authenticatorType":"` + secret + `"}`, `{"clientSecret":"` + secret, `"` + secret + `"`,
		`{"clientSecret":"` + secret + `","clientSecret":"` + secret + `"}`, `{"x":"` + secret + `\u0000"}`,
	} {
		r := httptest.NewRequest("POST", "/api/v1/applications", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		op, _ := load(t).Find(r)
		_, err := op.CheckRequest(r)
		if err == nil {
			t.Fatalf("%s is accepted", body)
		}
		w := httptest.NewRecorder()
		problem.Write(w, err)
		if strings.Contains(w.Body.String()+err.Error(), secret) {
			t.Errorf("%s: the response repeats it: %s", body, w.Body)
		}
	}
}

func TestCheckRequest_ContentType(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ method, path, contentType, want string }{
		{"POST", "/api/v1/suites", "application/json", ""},
		{"POST", "/api/v1/suites", "", "unsupported-media-type"},
		{"POST", "/api/v1/suites", "text/plain", "unsupported-media-type"},
		{"POST", "/api/v1/suites", "application/json; charset=latin1", "unsupported-media-type"},
		{"PATCH", "/api/v1/suites/x", "application/merge-patch+json", ""},
		{"PATCH", "/api/v1/suites/x", "application/json", "unsupported-media-type"},
	} {
		r := httptest.NewRequest(tc.method, tc.path, strings.NewReader(`{"name":"n"}`))
		r.Header.Set("Content-Type", tc.contentType)
		if kind, fields := check(t, r); kind != tc.want {
			t.Errorf("%s %q: got %q %v, want %q", tc.method, tc.contentType, kind, fields, tc.want)
		}
	}
}

func TestCheckRequest_Size(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{true, false} {
		body := strings.NewReader(`{"name":"` + strings.Repeat("x", body.Limit) + `"}`)
		r := httptest.NewRequest("POST", "/api/v1/suites", body)
		r.Header.Set("Content-Type", "application/json")
		if !known {
			r.ContentLength = -1
		}
		if kind, _ := check(t, r); kind != "payload-too-large" {
			t.Errorf("length known %v: got %q", known, kind)
		}
	}
}

func TestCheckRequest_Headers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ key, detail string }{
		{"0123456789abcdef", ""},
		{"short", "must have at least 16 characters"},
		{strings.Repeat("x", 256), "must have at most 255 characters"},
		{"0123456789 abcdef", "must contain only printable ASCII characters without spaces"},
	} {
		r := httptest.NewRequest("POST", "/api/v1/suites", strings.NewReader(`{"name":"n"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", tc.key)
		if _, fields := check(t, r); fields["Idempotency-Key"] != tc.detail {
			t.Errorf("%q: got %v, want %q", tc.key, fields, tc.detail)
		}
	}
	r := httptest.NewRequest("GET", "/api/v1/idempotent-result", nil)
	if _, fields := check(t, r); fields["Idempotency-Key"] != "is required" {
		t.Errorf("without the header: got %v", fields)
	}
}

func TestCheckRequest_ManyMistakesAreCutShort(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&body, ",\"unknown%d\":%d", i, i)
	}
	r := httptest.NewRequest("POST", "/api/v1/suites", strings.NewReader("{"+body.String()[1:]+"}"))
	r.Header.Set("Content-Type", "application/json")
	if kind, fields := check(t, r); kind != "invalid-request" || len(fields) != 50 {
		t.Errorf("got %s with %d fields", kind, len(fields))
	}
}

func FuzzCheckRequest(f *testing.F) {
	f.Add([]byte(`{"name":"n","redirectUrls":null}`))
	f.Add([]byte(`{"accessTokenLifespan":1e400}`))
	f.Add([]byte(`{"a":{"a":{"a":[[[]]]}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest("PATCH", "/api/v1/applications/x", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/merge-patch+json")
		op, _ := load(t).Find(r)
		checked, err := op.CheckRequest(r)
		if err != nil {
			if p := problem.From(err); p.Status >= 500 {
				t.Fatalf("a fault of the server: %v", err)
			}
			return
		}
		if _, ok := openapi.Body(checked.Context()).(map[string]any); !ok {
			t.Fatalf("accepted what is no object: %q", body)
		}
	})
}

func BenchmarkCheckRequest(b *testing.B) {
	body := `{"name":"n","suiteId":"s","projectId":"p","authenticatorType":"user_credentials","accessTokenLifespan":600}`
	c := load(b)
	for b.Loop() {
		r := httptest.NewRequest("POST", "/api/v1/applications", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		op, _ := c.Find(r)
		if _, err := op.CheckRequest(r); err != nil {
			b.Fatal(err)
		}
	}
}
