package framework

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// ValidText validates a text by a function of package validation, by which ATM
// judges too.
func ValidText(judge func(string) error) validator.String { return valid{judge: judge} }

// ValidSecret is [ValidText] for a value that no error repeats.
func ValidSecret(judge func(string) error) validator.String { return valid{judge: judge, secret: true} }

// ValidElement is [ValidText] for the elements of a collection, which the error
// calls by what they are, as in "redirect URL".
func ValidElement(what string, judge func(string) error) validator.String {
	return valid{judge: judge, what: what}
}

type valid struct {
	judge  func(string) error
	secret bool
	what   string
}

// Description implements validator.Describer.
func (valid) Description(context.Context) string { return "must be a text that ATM accepts" }

// MarkdownDescription implements validator.Describer.
func (v valid) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements validator.String.
func (v valid) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	err := v.judge(req.ConfigValue.ValueString())
	if err == nil {
		return
	}
	what, detail := v.what, fmt.Sprintf("%q %v", req.ConfigValue.ValueString(), err)
	if what == "" {
		what = req.Path.String()
		detail = fmt.Sprintf("%s %v", what, err)
		if !v.secret {
			detail += fmt.Sprintf("; it is %q", req.ConfigValue.ValueString())
		}
	}
	if !strings.HasSuffix(detail, "?") {
		detail += "."
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+what, detail)
}

// KeepForm returns what Terraform has if ATM's text is the same in Unicode
// normalization form C, in which ATM stores names.
func KeepForm(have types.String, stored string) types.String {
	return keep(have, stored, validation.NFC)
}

// KeepSpelling returns what Terraform has if ATM's is the same email address.
func KeepSpelling(have types.String, stored string) types.String {
	return keep(have, stored, validation.EmailKey)
}

func keep(have types.String, stored string, key func(string) string) types.String {
	if !have.IsNull() && !have.IsUnknown() && key(have.ValueString()) == key(stored) {
		return have
	}
	return types.StringValue(stored)
}
