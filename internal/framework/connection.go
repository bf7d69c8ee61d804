package framework

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// Connection is what the provider block comes to, handed to every framework.
type Connection struct {
	// API is nil while settings are unknown.
	API *atm.Client
	// Unknown names the settings that are unknown at plan time.
	Unknown []string
	// SignsIn is false where the block gives no credential for the management API.
	SignsIn bool
	// ClientID is the application through which the provider signs in; empty for
	// an access token, and while it is unknown.
	ClientID string
	// Assertions are the settings of the sources of assertions.
	Assertions assertion.Settings
	// Now is the provider's one clock.
	Now func() time.Time

	// callerFailed is set once a request for the caller has failed.
	callerFailed atomic.Bool
	suites       suites
}

// Base is embedded by everything that Configure is called for.
type Base struct {
	conn *Connection
}

// Use takes the provider's data from any kind of Configure request. Terraform
// validates before it configures; there is no data then.
func (b *Base) Use(data any, diags *diag.Diagnostics) {
	if data == nil {
		return
	}
	conn, ok := data.(*Connection)
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf("expected %T, got %T; this is a fault of the provider", conn, data))
		return
	}
	b.conn = conn
}

// Client returns the API client, or adds an error that names the setting that
// is not known yet.
func (b *Base) Client(diags *diag.Diagnostics) (*atm.Client, bool) { return b.clientOr("", diags) }

// clientOr is [Base.Client] with another way out, for the error.
func (b *Base) clientOr(remedy string, diags *diag.Diagnostics) (*atm.Client, bool) {
	switch {
	case b.conn == nil:
		diags.AddError("Provider not configured", "the operation needs a configured provider; this is a fault of the provider or of Terraform")
		return nil, false
	case b.conn.API == nil:
		diags.AddError("Provider settings are not known yet",
			fmt.Sprintf("This operation has to call ATM, and %s of the provider block %s not known before apply. "+
				"First apply what the value comes from (terraform apply -target=…).%s",
				strings.Join(b.conn.Unknown, ", "), isAre(len(b.conn.Unknown)), remedy))
		return nil, false
	}
	return b.conn.API, true
}

// Now is the provider's clock; the machine's before it is configured.
func (b *Base) Now() time.Time {
	if b.conn == nil || b.conn.Now == nil {
		return time.Now()
	}
	return b.conn.Now()
}

// Assertions are the settings of the sources of assertions; empty before the
// provider is configured.
func (b *Base) Assertions() assertion.Settings {
	if b.conn == nil {
		return assertion.Settings{}
	}
	return b.conn.Assertions
}

// canSignIn reports, for the plan, that an apply would fail for want of a
// credential.
func (b *Base) canSignIn(diags *diag.Diagnostics) bool {
	if b.conn == nil || b.conn.API == nil || b.conn.SignsIn {
		return true
	}
	diags.AddError("The provider has no credential",
		"This object is managed through ATM's management API, which needs a sign-in. Set client_id, client_secret and login_id in the provider block"+
			" (or ATM_CLIENT_ID, ATM_CLIENT_SECRET and ATM_LOGIN_ID), or access_token (ATM_ACCESS_TOKEN).")
	return false
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// DataSource is [Base] for a data source.
type DataSource struct{ Base }

// Configure implements datasource.DataSourceWithConfigure.
func (d *DataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.Use(req.ProviderData, &resp.Diagnostics)
}

// Ephemeral is [Base] for an ephemeral resource.
type Ephemeral struct{ Base }

// Configure implements ephemeral.EphemeralResourceWithConfigure.
func (e *Ephemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.Use(req.ProviderData, &resp.Diagnostics)
}
