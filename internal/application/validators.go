package application

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// rule is a validator of a string by a rule of package validation, by which ATM
// judges too.
type rule struct {
	// summary is that of the error.
	summary string
	// is completes "must be", for the documentation of the validator.
	is string
	// judge returns an error whose text completes a sentence that begins with the
	// value.
	judge func(string) error
	// secret is a value that no error repeats.
	secret bool
}

// Description implements validator.String.
func (r rule) Description(context.Context) string { return "must be " + r.is }

// MarkdownDescription implements validator.String.
func (r rule) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

// ValidateString implements validator.String.
func (r rule) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	err := r.judge(req.ConfigValue.ValueString())
	if err == nil {
		return
	}
	subject := req.Path.String()
	if !r.secret {
		subject = fmt.Sprintf("%q", req.ConfigValue.ValueString())
	}
	detail := subject + " " + err.Error()
	if !strings.HasSuffix(detail, "?") {
		detail += "."
	}
	resp.Diagnostics.AddAttributeError(req.Path, r.summary, detail)
}

// The rules of an application's strings.
var (
	redirectURL = rule{summary: "Invalid redirect URL", is: "an absolute URL without a fragment", judge: validation.RedirectURL}
	origin      = rule{summary: "Invalid origin", is: `an origin such as "https://app.example.com", or "*"`, judge: func(text string) error {
		_, err := validation.Origin(text)
		return err
	}}
	clientSecret = rule{
		summary: "Invalid client secret", is: "32 to 128 printable ASCII characters, at least 12 of them different",
		judge: validation.ClientSecret, secret: true,
	}
)

// sameOrigin returns the spelling in which ATM stores an origin.
func sameOrigin(text string) string {
	normal, err := validation.Origin(text)
	if err != nil {
		return text // an ATM with other rules stores it as it likes
	}
	return normal
}
