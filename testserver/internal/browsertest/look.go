package browsertest

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Phone looks through a small, high screen: 360 by 640, the smallest that is
// common.
func Phone(*Tab) chromedp.Action[chromedp.Void] {
	return chromedp.EmulateViewport(360, 640, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulatePortrait)
}

// Window has a size in CSS pixels.
func Window(width, height int64) Option {
	return func(*Tab) chromedp.Action[chromedp.Void] { return chromedp.EmulateViewport(width, height) }
}

// Dark prefers dark colours.
func Dark(*Tab) chromedp.Action[chromedp.Void] { return scheme("dark") }

// Light prefers light colours.
func Light(*Tab) chromedp.Action[chromedp.Void] { return scheme("light") }

func scheme(value string) chromedp.Action[chromedp.Void] {
	return command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}},
	})
}

// NoScripts switches JavaScript off.
func NoScripts(*Tab) chromedp.Action[chromedp.Void] {
	return command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// Control is an element as assistive technology presents it.
type Control struct {
	Role, Name, Description string
	Focusable, Invalid      bool
}

// Controls returns what of the page is not ignored by assistive technology and
// has a name or can be focused, in the order of the document.
func (b *Tab) Controls() []Control {
	b.t.Helper()
	b.Settle()
	nodes := Get(b, func(ctx context.Context, target *chromedp.Target) ([]*accessibility.Node, error) {
		all, err := cdp.Call(ctx, target, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		return all.Nodes, err
	})
	var controls []Control
	for _, n := range nodes {
		c := Control{Role: text(n.Role), Name: text(n.Name), Description: text(n.Description)}
		for _, p := range n.Properties {
			switch p.Name {
			case accessibility.PropertyNameFocusable:
				c.Focusable = text(p.Value) == "true"
			case accessibility.PropertyNameInvalid:
				c.Invalid = text(p.Value) != "false"
			}
		}
		if !n.Ignored && (c.Name != "" || c.Focusable) {
			controls = append(controls, c)
		}
	}
	return controls
}

func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s string
	if json.Unmarshal(v.Value, &s) == nil {
		return s
	}
	return strings.TrimSpace(string(v.Value))
}

// Settle waits until the page is there whole, with its style.
func (b *Tab) Settle() {
	b.t.Helper()
	b.Wait("the page is loaded", func() bool { return Script[string](b, "document.readyState") == "complete" })
}

// Overflows tells how far the page is wider than its window, in CSS pixels, and
// which element reaches farthest.
func (b *Tab) Overflows() (pixels int, element string) {
	b.t.Helper()
	b.Settle()
	over := Script[struct {
		Pixels  int
		Element string
	}](b, `(() => {
		const pixels = document.documentElement.scrollWidth - document.documentElement.clientWidth;
		const right = e => e.getBoundingClientRect().right;
		const widest = [...document.querySelectorAll('body *')].reduce((a, e) => right(e) > right(a) ? e : a);
		return {pixels, element: widest.outerHTML.slice(0, 200)};
	})()`)
	return over.Pixels, over.Element
}
