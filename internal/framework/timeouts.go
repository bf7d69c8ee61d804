package framework

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// Time an operation gets by default; the object's timeouts take precedence.
const (
	defaultWrite = 5 * time.Minute
	defaultRead  = 2 * time.Minute
)

// Timeouts is the attribute that every resource has.
func Timeouts() schema.Attribute {
	attribute, _ := timeouts.Attributes(context.Background(), timeouts.Opts{
		Create: true, Read: true, Update: true, Delete: true,
		CreateDescription: "The time that a create may take, retries included. Default: `5m`. If a request may have reached ATM and no response came back, the provider repeats it under one idempotency key until then.",
		ReadDescription:   "The time that a read may take, retries included. Default: `2m`.",
		UpdateDescription: "The time that an update may take, retries included. Default: `5m`.",
		DeleteDescription: "The time that a delete may take, retries included. Default: `5m`. Terraform uses the value in the state, so apply a change of it before the destroy.",
	}).(schema.SingleNestedAttribute)
	attribute.MarkdownDescription = "The time that each operation may take, as a number with a unit, such as `30s`, `10m` or `1h`."
	return attribute
}

type getter interface {
	GetAttribute(ctx context.Context, p path.Path, target any) diag.Diagnostics
}

// bound gives ctx the timeout that the object's timeouts set for kind.
func bound(ctx context.Context, from getter, kind string, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	var value timeouts.Value
	diags.Append(from.GetAttribute(ctx, path.Root("timeouts"), &value)...)
	var (
		limit time.Duration
		found diag.Diagnostics
	)
	switch kind {
	case "create":
		limit, found = value.Create(ctx, defaultWrite)
	case "read":
		limit, found = value.Read(ctx, defaultRead)
	case "update":
		limit, found = value.Update(ctx, defaultWrite)
	case "delete":
		limit, found = value.Delete(ctx, defaultWrite)
	}
	diags.Append(found...)
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("timeouts.%s (%s) is over", kind, limit))
}
