package page_test

import (
	"context"
	"errors"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/body"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
)

func TestReadForm_TakesFormsOnly(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	for name, tc := range map[string]struct {
		kind   string
		body   io.Reader
		status int
	}{
		"a form":            {form, strings.NewReader("email=ada%40example.com"), 0},
		"with a charset":    {form + "; charset=utf-8", strings.NewReader("email=ada%40example.com"), 0},
		"JSON":              {"application/json", strings.NewReader(`{"email":"ada@example.com"}`), http.StatusUnsupportedMediaType},
		"no type":           {"", strings.NewReader("email=ada"), http.StatusUnsupportedMediaType},
		"parameters":        {strings.ToUpper(form) + " ; =", strings.NewReader("email=ada%40example.com"), 0}, // mean nothing
		"a longer type":     {form + "x", strings.NewReader("email=ada"), http.StatusUnsupportedMediaType},
		"a broken escape":   {form, strings.NewReader("email=%4"), http.StatusBadRequest},
		"an end too early":  {form, iotest.ErrReader(io.ErrUnexpectedEOF), http.StatusBadRequest},
		"more than allowed": {form, strings.NewReader("email=" + strings.Repeat("a", body.FormLimit)), http.StatusRequestEntityTooLarge},
	} {
		r := httptest.NewRequest(http.MethodPost, "/login?email=of-the-query", tc.body)
		r.Header.Set("Content-Type", tc.kind)
		status, reason := page.ReadForm(r)
		if status != tc.status || (reason == "") != (status == 0) {
			t.Errorf("%s: %d %q, want %d", name, status, reason, tc.status)
		}
		if status == 0 && r.PostForm.Get("email") != "ada@example.com" {
			t.Errorf("%s: read %v", name, r.PostForm)
		}
	}
}

func TestRender_SendsAllOrNothing(t *testing.T) {
	t.Parallel()
	parse := func(text string) *template.Template { return template.Must(template.New("page").Parse(text)) }
	w := httptest.NewRecorder()
	if err := page.Render(w, http.StatusBadRequest, page.Policy{Referrer: "origin"}, parse("<p>{{.}}</p>"), "<script>"); err != nil {
		t.Fatal(err)
	}
	header := w.Result().Header
	if w.Code != http.StatusBadRequest || w.Body.String() != "<p>&lt;script&gt;</p>" || header.Get("Content-Length") != "21" ||
		header.Get("Content-Type") != "text/html; charset=utf-8" || header.Get("Referrer-Policy") != "origin" {
		t.Errorf("%d %v %q", w.Code, header, w.Body)
	}
	w = httptest.NewRecorder()
	err := page.Render(w, http.StatusOK, page.Policy{}, parse("<p>begun{{.Missing.Field}}"), struct{}{})
	if err == nil || w.Body.Len() > 0 || len(w.Result().Header) > 0 {
		t.Errorf("%v, sent %v %q, want only an error", err, w.Result().Header, w.Body)
	}
}

// Without the key the server cannot recognise its own forms: it neither shows nor accepts one.
func TestForms_WithoutTheirKeyFail(t *testing.T) {
	t.Parallel()
	down := errors.New("the database does not respond")
	f := forms("http://atm.example.com", "key")
	token, cookie := open(t, f)
	f.Key = func(context.Context) ([]byte, error) { return nil, down }
	w := httptest.NewRecorder()
	if _, err := f.Token(w, httptest.NewRequest(http.MethodGet, "/login", nil)); !errors.Is(err, down) || len(w.Result().Cookies()) > 0 {
		t.Errorf("shown: %v, cookies %v", err, w.Result().Cookies())
	}
	if err := send(f, token, cookie); !errors.Is(err, down) || errors.Is(err, page.ErrForeignForm) {
		t.Errorf("taken: %v", err)
	}
}
