package application

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// check is a validator of a known string that says what is wrong with it, or
// nothing. It never prints the value of a secret.
func check(req validator.StringRequest, resp *validator.StringResponse, summary string, wrong func(string) string) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if what := wrong(req.ConfigValue.ValueString()); what != "" {
		resp.Diagnostics.AddAttributeError(req.Path, summary, what)
	}
}

// executable are schemes that a browser runs or reads by itself, which ATM
// refuses in a redirect URL.
var executable = []string{"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"}

// redirectURL follows the contract's RedirectUrls.
type redirectURL struct{}

func (redirectURL) Description(context.Context) string {
	return "must be an absolute URL without a fragment"
}
func (v redirectURL) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (redirectURL) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	check(req, resp, "Not a redirect URL", func(text string) string {
		u, err := url.Parse(text)
		switch {
		case err != nil || u.Scheme == "" || (u.Scheme == "http" || u.Scheme == "https") && u.Host == "":
			return fmt.Sprintf("%q is not an absolute URL. Give one such as \"https://app.example.com/callback\", with its scheme.", text)
		case strings.Contains(text, "#"):
			return fmt.Sprintf("%q has a fragment (#…), which RFC 6749 §3.1.2 forbids. Leave it out.", text)
		case slices.Contains(executable, strings.ToLower(u.Scheme)):
			return fmt.Sprintf("%s is a scheme that a browser runs by itself. Give an https URL, or a scheme of the application's own.", u.Scheme)
		case u.User != nil:
			return "a redirect URL holds no user or password. Leave them out."
		case strings.Contains(u.Host, "*"):
			return fmt.Sprintf("%q holds a wildcard, but redirect URLs are matched exactly. Give each by itself.", text)
		case len(text) > 2048:
			return "a redirect URL has at most 2,048 characters."
		}
		return ""
	})
}

// origin follows the contract's AllowedOrigins (RFC 6454).
type origin struct{}

func (origin) Description(context.Context) string {
	return `must be an origin such as "https://app.example.com", or "*"`
}
func (v origin) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (origin) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	check(req, resp, "Not an origin", func(text string) string {
		if text == "*" {
			return ""
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || strings.Contains(u.Host, "*") ||
			u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") {
			return fmt.Sprintf("%q is not an origin. Give scheme, host and perhaps port, such as \"https://app.example.com\", without a path or a slash at its end; or \"*\" for all.", text)
		}
		return ""
	})
}

// sameOrigin is the spelling that ATM answers: lower case, no default port.
func sameOrigin(text string) string {
	text = strings.ToLower(text)
	switch {
	case strings.HasPrefix(text, "https://"):
		return strings.TrimSuffix(text, ":443")
	case strings.HasPrefix(text, "http://"):
		return strings.TrimSuffix(text, ":80")
	}
	return text
}

// clientSecret follows the contract's ClientSecret.
type clientSecret struct{}

func (clientSecret) Description(context.Context) string {
	return "must have 32 to 128 printable ASCII characters, at least 12 of them different"
}
func (v clientSecret) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (clientSecret) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	check(req, resp, "Not a client secret", func(text string) string {
		different := map[rune]bool{}
		for _, r := range text {
			if r < ' ' || r > '~' {
				return "client_secret_wo contains a character that is not printable ASCII."
			}
			different[r] = true
		}
		if len(text) < 32 || len(text) > 128 || len(different) < 12 {
			return fmt.Sprintf("client_secret_wo has %d characters, %d of them different. ATM takes 32 to 128, at least 12 of them different.", len(text), len(different))
		}
		return ""
	})
}
