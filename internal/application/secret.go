package application

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// keyUnknownSecret marks in private state that Terraform does not know the
// current secret: the application was imported, or its secret was rotated
// outside Terraform. Its value is ATM's secretVersion at the last read. Every
// rotation by Terraform removes it.
const keyUnknownSecret = "unknown_secret"

// readSecret compares the state's secret_version with ATM's. The state keeps
// its version, because that is the version of the client_secret beside it: a
// resource that pushes the secret somewhere when secret_version changes must
// not push one that is no longer valid. While ATM has no secret, nothing is
// valid, and the state has none either.
func (m *model) readSecret(ctx context.Context, application *atm.Application, req *framework.ReadRequest[model]) {
	now := int64(application.SecretVersion)
	if now == 0 {
		m.noSecret(ctx, &req.Request)
		return
	}
	if m.SecretVersion.IsNull() { // after an import
		m.SecretVersion = types.Int64Value(now)
		req.Diags.Append(framework.SetPrivate(ctx, req.Private, keyUnknownSecret, now)...)
		return
	}
	known := m.SecretVersion.ValueInt64()
	if known != now {
		req.Changes = append(req.Changes, fmt.Sprintf("the client secret (from version %d to %d)", known, now))
		req.Diags.Append(framework.SetPrivate(ctx, req.Private, keyUnknownSecret, now)...)
		return
	}
	if marked, ok := unknownSecret(ctx, req.Private); ok && marked != known {
		// ATM is back at the version of the state, as after the restore of a backup.
		req.Diags.Append(framework.DeletePrivate(ctx, req.Private, keyUnknownSecret)...)
	}
}

// noSecret takes over that the application has no secret. Every earlier secret
// is invalid, also one that another user set.
func (m *model) noSecret(ctx context.Context, req *framework.Request) {
	m.ClientSecret, m.SecretVersion = types.StringNull(), types.Int64Value(0)
	if _, marked := unknownSecret(ctx, req.Private); marked {
		req.Diags.Append(framework.DeletePrivate(ctx, req.Private, keyUnknownSecret)...)
	}
}

// lacksSecret reports whether the state says that ATM has no secret.
func (m *model) lacksSecret() bool { return m.SecretVersion.Equal(types.Int64Value(0)) }

// unknownSecret returns ATM's secretVersion if Terraform does not know the
// secret of that version.
func unknownSecret(ctx context.Context, private framework.Getter) (version int64, ok bool) {
	ok, _ = framework.Private(ctx, private, keyUnknownSecret, &version)
	return version, ok
}
