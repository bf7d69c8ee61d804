package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// browser is as much of a web browser as a sign-in without JavaScript needs:
// cookies, redirects and forms.
type browser struct {
	http *http.Client
	// stop ends a visit before a URL that begins so is requested; empty: none.
	stop string
}

// page is where a visit ended.
type page struct {
	url    string
	status int
	body   string
}

// text is what a person reads of a page.
func (p *page) text() string {
	document, err := html.Parse(strings.NewReader(p.body))
	if err != nil {
		return p.body
	}
	var words []string
	for node := range document.Descendants() {
		if node.Type == html.TextNode && node.Parent.Data != "style" && node.Parent.Data != "script" {
			words = append(words, strings.Fields(node.Data)...)
		}
	}
	return strings.Join(words, " ")
}

func newBrowser(trusting *http.Client) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	b := &browser{http: &http.Client{Transport: trusting.Transport, Jar: jar}}
	b.http.CheckRedirect = func(next *http.Request, _ []*http.Request) error {
		if b.stop != "" && strings.HasPrefix(next.URL.String(), b.stop) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return b, nil
}

// open follows redirects and forms until a page needs no more than reading. It
// signs in where a form asks for a password, and sends a form that has only
// hidden fields, as the page's script would.
func (b *browser) open(ctx context.Context, address string) (*page, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	for range 10 { // forms
		p, form, err := b.load(request)
		if err != nil || form == nil {
			return p, err
		}
		if request, err = form.submit(ctx); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("the browser was sent from form to form")
}

// load returns a page, and its first form if the browser has to send that.
func (b *browser) load(request *http.Request) (*page, *form, error) {
	request.Header.Set("Accept", "text/html,*/*;q=0.8") // as browsers send it: Apache asks nothing else to sign in
	response, err := b.http.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	if location, err := response.Location(); err == nil {
		return &page{url: location.String(), status: response.StatusCode}, nil, nil
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, nil, err
	}
	p := &page{url: response.Request.URL.String(), status: response.StatusCode, body: string(body)}
	if response.StatusCode != http.StatusOK {
		return p, nil, nil
	}
	f, err := firstForm(response.Request.URL, p.body)
	return p, f, err
}

// form is the first form of a page, filled in.
type form struct {
	action string
	fields url.Values
}

// firstForm returns nil for a page whose first form is not one that the browser
// sends automatically.
func firstForm(base *url.URL, body string) (*form, error) {
	document, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for node := range document.Descendants() {
		if node.Data == "form" && strings.EqualFold(attribute(node, "method"), "post") {
			return fill(base, node)
		}
	}
	return nil, nil //nolint:nilnil // most pages have none
}

func fill(base *url.URL, node *html.Node) (*form, error) {
	action, err := base.Parse(attribute(node, "action"))
	if err != nil {
		return nil, fmt.Errorf("the action of a form: %w", err)
	}
	f := &form{action: action.String(), fields: url.Values{}}
	for input := range node.Descendants() {
		if input.Data != "input" {
			continue
		}
		switch attribute(input, "type") {
		case "hidden":
			f.fields.Set(attribute(input, "name"), attribute(input, "value"))
		case "email":
			f.fields.Set(attribute(input, "name"), email)
		case "password":
			f.fields.Set(attribute(input, "name"), password)
		case "submit":
		default:
			return nil, nil //nolint:nilnil // a form for a person
		}
	}
	return f, nil
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func (f *form) submit(ctx context.Context) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.action, strings.NewReader(f.fields.Encode()))
	if err == nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return request, err
}
