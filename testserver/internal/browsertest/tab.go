package browsertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds what a test waits for one thing: the machine may be busy.
const patience = 60 * time.Second

// Tab is a tab with cookies of its own. Its methods fail the test; they must be
// called from one goroutine.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	expected   []string
}

// Option changes how a tab looks at pages.
type Option func(*Tab) chromedp.Action[chromedp.Void]

// Open opens a tab for the test, which is closed when the test has ended.
// Complaints of the browser that Expect has not named fail the test.
func Open(t testing.TB, opts ...Option) *Tab {
	t.Helper()
	parent := browser(t)
	tab := &Tab{t: t}
	var cancel context.CancelFunc
	tab.ctx, cancel = chromedp.NewContext(parent, chromedp.WithNewBrowserContext(), chromedp.WithListener(tab.listen))
	t.Cleanup(cancel)
	if err := chromedp.Do(tab.ctx); err != nil { // opens the tab, for as long as tab.ctx
		t.Fatalf("open a tab: %v", err)
	}
	tab.Do(command(audits.Enable, cdp.Empty{}))
	for _, o := range opts {
		if action := o(tab); action != nil {
			tab.Do(action)
		}
	}
	t.Cleanup(tab.judge)
	return tab
}

// command is an action of one command of the protocol.
func command[P any](c cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

// listen collects what the browser complains of.
func (b *Tab) listen(event any) {
	var complaint string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity {
			complaint = fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		complaint = "exception: " + e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			complaint += " " + thrown.Description
		}
	case *audits.EventIssueAdded:
		if csp := e.Issue.Details.ContentSecurityPolicyIssueDetails; csp != nil {
			complaint = fmt.Sprintf("content security policy: %s of %s", csp.ViolatedDirective, csp.BlockedURL)
		}
	}
	if complaint == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, complaint)
}

// Expect names a part of complaints that the test provokes, and wants.
func (b *Tab) Expect(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, part)
}

// Complaints returns what the browser has complained of.
func (b *Tab) Complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.complaints...)
}

func (b *Tab) judge() {
	b.t.Helper()
	complaints := b.Complaints()
	for _, part := range b.expected {
		found := false
		for _, c := range complaints {
			found = found || strings.Contains(c, part)
		}
		if !found {
			b.t.Errorf("the browser should complain of %q", part)
		}
	}
	for _, c := range complaints {
		known := false
		for _, part := range b.expected {
			known = known || strings.Contains(c, part)
		}
		if !known {
			b.t.Errorf("the browser complains: %s", c)
		}
	}
}

// Do runs actions one after the other.
func (b *Tab) Do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("in the browser: %v\n%s", err, b.now())
	}
}

// Get runs an action that returns something.
func Get[T any](b *Tab, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatalf("in the browser: %v\n%s", err, b.now())
	}
	return value
}

// Follow runs actions that lead to another page, waits until it has loaded, and
// returns its status.
func (b *Tab) Follow(actions ...chromedp.Action[chromedp.Void]) int {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, actions...)
	if err != nil {
		b.t.Fatalf("in the browser: %v\n%s", err, b.now())
	}
	return int(response.Status)
}

// Script evaluates JavaScript in the page, waiting for a promise.
func Script[T any](b *Tab, expression string) T {
	b.t.Helper()
	return Get(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Wait waits until something is so.
func (b *Tab) Wait(what string, so func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("waited in vain: %s\n%s", what, b.now())
		}
	}
}

// now describes the page for the message of a failure.
func (b *Tab) now() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	location, err := chromedp.Run(ctx, chromedp.Location())
	html, htmlErr := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err := errors.Join(err, htmlErr); err != nil {
		return "the page cannot be told: " + err.Error()
	}
	location, _, _ = strings.Cut(location, "?") // a query may hold a code
	return "at " + location + ":\n" + html
}
