package application_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const overlap = 86400

// rotations is an application whose secret is rotated by triggers, or by the
// version of a write-only secret.
type rotations struct {
	server *testserver.Server
	h      *acctest.Harness
	p      *acctest.Protocol
	app    *acctest.Object
	// config asks for the n-th secret, with further arguments.
	config func(n int, more map[string]any) map[string]any
	own    bool
}

func newRotations(t *testing.T, own bool) *rotations {
	t.Helper()
	server, h := acctest.Start(t)
	r := &rotations{server: server, h: h, p: h.Protocol(map[string]any{"max_retries": 0}), own: own}
	base := parents(t, h)
	r.config = func(n int, more map[string]any) map[string]any {
		rotation, config := map[string]any{"previous_secret_expires_in": overlap}, base(nil)
		if own {
			config["client_secret_wo"], config["client_secret_wo_version"] = ownSecrets[n], n
		} else {
			rotation["triggers"] = map[string]any{"n": n}
		}
		config["secret_rotation"] = rotation
		for name, value := range more {
			config[name] = value
		}
		return config
	}
	r.app = r.p.New("atm_application")
	acctest.NoErrors(t, r.p.Apply(r.app, r.config(1, nil)))
	return r
}

var ownSecrets = []string{"", ownSecret, secondSecret, "own-secret-0123456789-abcdefghij-third"}

// lose applies while ATM rotates and no response arrives.
func (r *rotations) lose(config map[string]any) []*tfprotov6.Diagnostic {
	stop := r.server.Fail(testserver.Fault{Method: "POST", Path: rotationPath, Drop: testserver.DropAfter})
	defer stop()
	config["timeouts"] = map[string]any{"update": "1s"} // until then the provider repeats the rotation
	return r.p.Apply(r.app, config)
}

const rotationPath = "/api/v1/applications/*/secret"

// outside rotates outside Terraform.
func (r *rotations) outside(t *testing.T) *atm.Application {
	t.Helper()
	rotated, err := r.h.API.RotateSecret(t.Context(), text(r.app, "id"), "", atm.NewIdempotencyKey(), atm.SecretRotation{})
	if err != nil {
		t.Fatal(err)
	}
	return rotated
}

// secret is the n-th secret, as a client would have it.
func (r *rotations) secret(n int) string {
	if r.own {
		return ownSecrets[n]
	}
	return text(r.app, "client_secret")
}

// wantVersion checks that Terraform and ATM agree on the version, and that the
// secret works.
func (r *rotations) wantVersion(t *testing.T, want int, secret string) {
	t.Helper()
	now, err := r.h.API.Application(t.Context(), text(r.app, "id"))
	if err != nil {
		t.Fatal(err)
	}
	if now.SecretVersion != want || r.app.Get("secret_version") != int64(want) {
		t.Errorf("secret_version is %v in the state and %d in ATM, want %d", r.app.Get("secret_version"), now.SecretVersion, want)
	}
	if !works(t, r.h, text(r.app, "client_id"), secret) {
		t.Error("the secret does not work")
	}
}

// However the first apply ends, and with any other changes, the next one
// repeats the same rotation: the previous secret stays valid for its overlap.
func TestApplication_RotationIsRepeatedUnderItsKey(t *testing.T) {
	for _, own := range []bool{false, true} {
		for _, ended := range []string{"failed", "killed", "provider killed"} {
			for _, refreshed := range []bool{true, false} {
				for _, change := range []string{"nothing", "before", "after"} {
					if ended == "killed" && change == "before" && !refreshed {
						continue // the state has an etag from before the PATCH, which is an error of its own
					}
					if ended == "provider killed" && own {
						continue // the key is lost, and the next apply sends the same secret again
					}
					if !refreshed && change == "after" || own && change != "nothing" {
						continue // an etag from before the rotation; no other path than that of a generated secret
					}
					t.Run(title("own", own)+ended+title(" refreshed", refreshed)+" changes "+change, func(t *testing.T) {
						r := newRotations(t, own)
						first, more := r.secret(1), map[string]any{}
						if change == "before" {
							more["access_token_lifespan"] = 300
						}
						killed := *r.app
						diags := r.lose(r.config(2, more))
						acctest.WantError(t, diags, "", "unknown whether the secret was rotated", "next apply sends the same rotation", "24 hours", "request id")
						if ended != "failed" {
							*r.app = killed
						}
						if ended == "provider killed" {
							r.app.Private = nil // Terraform lives on, and drops it
						}
						if r.app.Get("secret_version") != int64(1) {
							t.Error("the state has a version that Terraform did not get")
						}

						if refreshed {
							acctest.NoErrors(t, r.p.Refresh(r.app))
						}
						if change == "after" {
							more["access_token_lifespan"] = 300
						}
						acctest.NoErrors(t, r.p.Apply(r.app, r.config(2, more)))
						r.wantVersion(t, 2, r.secret(2))
						r.server.Clock.Advance(overlap/2*time.Second + time.Hour)
						if !works(t, r.h, text(r.app, "client_id"), first) {
							t.Error("the previous secret does not work within its overlap")
						}
						wantNoPlan(t, r.p, r.app, r.config(2, more))
						acctest.NoErrors(t, r.p.Apply(r.app, r.config(3, more)))
						r.wantVersion(t, 3, r.secret(3))
					})
				}
			}
		}
	}
}

func title(name string, on bool) string {
	if on {
		return name + " "
	}
	return ""
}

// Another body is another rotation: ATM would refuse it under the same key.
func TestApplication_ChangedOverlapIsANewRotation(t *testing.T) {
	r := newRotations(t, false)
	r.lose(r.config(2, nil))
	acctest.NoErrors(t, r.p.Refresh(r.app))
	acctest.NoErrors(t, r.p.Apply(r.app, r.config(2, map[string]any{
		"secret_rotation": map[string]any{"triggers": map[string]any{"n": 2}, "previous_secret_expires_in": 60},
	})))
	r.wantVersion(t, 3, r.secret(2))
}

// The replay of a rotation is not used if its secret was replaced since. The
// rotation that Terraform then makes is repeated under its key like any other.
func TestApplication_ReplayOfAnOldSecretIsNotUsed(t *testing.T) {
	for _, own := range []bool{false, true} {
		for _, refreshed := range []bool{true, false} {
			t.Run(title("own", own)+title("refreshed", refreshed), func(t *testing.T) {
				r := newRotations(t, own)
				apply := func() {
					if refreshed {
						acctest.NoErrors(t, r.p.Refresh(r.app))
					}
					diags := r.p.Apply(r.app, r.config(2, nil))
					if !refreshed && acctest.HasErrors(diags) {
						// The new rotation is under the etag of the last read.
						acctest.NoErrors(t, r.p.Refresh(r.app))
						diags = r.p.Apply(r.app, r.config(2, nil))
					}
					acctest.NoErrors(t, diags)
				}
				r.lose(r.config(2, nil)) // version 2
				r.outside(t)             // version 3
				acctest.NoErrors(t, r.p.Refresh(r.app))
				whole := 1 << 20
				remove := r.server.Fail(testserver.Fault{Method: "POST", Path: rotationPath, Truncate: &whole, Times: 1})
				diags := r.lose(r.config(2, nil)) // the replay of 2 arrives, version 4 does not
				remove()
				acctest.WantError(t, diags, "", "unknown whether")
				apply()
				r.wantVersion(t, 4, r.secret(2))
				wantNoPlan(t, r.p, r.app, r.config(2, nil))
			})
		}
	}
}

// After an import the key is in the state that the first apply stores.
func TestApplication_ImportStoresTheKeyOfItsFirstRotation(t *testing.T) {
	r := newRotations(t, false)
	imported, diags := r.p.Import("atm_application", text(r.app, "id"), nil)
	acctest.NoErrors(t, diags)
	r.app = imported
	acctest.NoErrors(t, r.p.Apply(r.app, r.config(1, nil)))
	killed := *r.app
	r.lose(r.config(2, nil))
	*r.app = killed
	acctest.NoErrors(t, r.p.Refresh(r.app))
	acctest.NoErrors(t, r.p.Apply(r.app, r.config(2, nil)))
	r.wantVersion(t, 2, r.secret(2))
}

// Two applications, and two versions of one, never share a key.
func TestApplication_EachRotationHasItsOwnKey(t *testing.T) {
	r := newRotations(t, true)
	r.server.ForgetRequests()
	same := map[string]any{"client_secret_wo": ownSecret}
	for n := 2; n <= 4; n++ {
		config := r.config(1, same)
		config["client_secret_wo_version"] = n
		acctest.NoErrors(t, r.p.Apply(r.app, config))
		r.wantVersion(t, n, ownSecret)
	}
}
