package jwks

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

var _ action.ActionWithConfigure = (*rotateSigningKey)(nil)

// NewRotateSigningKeyAction is the action atm_rotate_signing_key.
func NewRotateSigningKeyAction() action.Action { return &rotateSigningKey{} }

type rotateSigningKey struct{ framework.Base }

// Metadata implements action.Action.
func (a *rotateSigningKey) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rotate_signing_key"
}

// Schema implements action.Action.
func (a *rotateSigningKey) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: framework.Page("Makes ATM's next signing key the current one, with which ATM signs tokens.", "a super admin.", "nothing.",
			"Needs Terraform 1.14 or newer. The action has no arguments.",
			"ATM publishes the next key before it signs with it. If gateways may still cache a JSON Web Key Set (JWKS) without the next key, ATM changes keys later, and the action reports when."+
				" Tokens of the old key stay valid until they expire, and the old key stays published until then."+
				" If a gateway gets its keys from `atm_jwks`, apply after the action, so that the gateway gets the new next key."),
	}
}

// Configure implements action.ActionWithConfigure.
func (a *rotateSigningKey) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.Use(req.ProviderData, &resp.Diagnostics)
}

// Invoke implements action.Action.
func (a *rotateSigningKey) Invoke(ctx context.Context, _ action.InvokeRequest, resp *action.InvokeResponse) {
	client, ok := a.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	const most = 2 * time.Minute
	ctx, cancel := context.WithTimeoutCause(ctx, most, fmt.Errorf("it took longer than %s", most))
	defer cancel()
	key, err := client.RotateSigningKey(ctx, atm.NewIdempotencyKey())
	if err != nil {
		framework.Explain(err, "atm_rotate_signing_key", func(string) bool { return false }, &resp.Diagnostics)
		return
	}
	message := fmt.Sprintf("ATM signs with key %s.", key.Kid)
	if at, err := key.ActivatesAt.Get(); err == nil && at.After(a.Now()) {
		message = fmt.Sprintf("ATM signs with key %s from %s on.", key.Kid, at.UTC().Format(time.RFC3339))
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: message})
}
