package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestBrowser_SendsTheFormsThatNeedNoPerson(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /site", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<form method="post" action="/sign-in"><input type="hidden" name="state" value="a &amp; b"></form>`)
	})
	mux.HandleFunc("POST /sign-in", func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("state") != "a & b" {
			http.Error(w, "another state", http.StatusBadRequest)
		}
		http.SetCookie(w, &http.Cookie{Name: "page", Value: "1"})
		fmt.Fprint(w, `<form method="post" action="/back"><input type="email" name="email"><input type="password" name="password"></form>
<form method="post" action="/deny"><button>Deny</button></form>`)
	})
	mux.HandleFunc("POST /back", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("page"); err != nil || r.PostFormValue("email") != email || r.PostFormValue("password") != password {
			http.Error(w, "nobody signs in", http.StatusBadRequest)
		}
		http.Redirect(w, r, "/home?code=1", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /home", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<style>p {}</style><p>Hello</p><form method="post"><input type="text" name="search"></form>`)
	})
	server := httptest.NewServer(mux)
	defer server.Close()

	for stop, want := range map[string]page{
		"":                   {url: server.URL + "/home?code=1", status: http.StatusOK},
		server.URL + "/home": {url: server.URL + "/home?code=1", status: http.StatusSeeOther},
	} {
		b, err := newBrowser(server.Client())
		if err != nil {
			t.Fatal(err)
		}
		b.stop = stop
		got, err := b.open(t.Context(), server.URL+"/site")
		if err != nil {
			t.Fatal(err)
		}
		if got.url != want.url || got.status != want.status {
			t.Errorf("stop at %q: the visit ends with status %d at %s: %s", stop, got.status, got.url, got.text())
		}
		if stop == "" && got.text() != "Hello" {
			t.Errorf("the text is %q", got.text())
		}
	}
}
