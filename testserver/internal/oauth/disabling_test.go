package oauth_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// TestSignIn_NothingOutlivesADisablingThatItRacedWith signs in while the user
// is taken away, gives the user back, and looks for tokens that came alive
// again with that.
func TestSignIn_NothingOutlivesADisablingThatItRacedWith(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		assignment := func(enabled bool) func() {
			return func() {
				r.write(func(tx *store.Tx) error {
					_, _, err := tx.PutAssignment("id-"+m2mClient, store.AssignmentSet{UserID: userID, Enabled: enabled}, r.clock.Now())
					return err
				})
			}
		}
		user := func(enabled bool) func() {
			return func() { r.changeUser(userID, func(u *store.User) { u.Enabled = enabled }) }
		}
		remove := func() {
			r.write(func(tx *store.Tx) error { return tx.DeleteAssignment("id-"+m2mClient, userID, r.clock.Now()) })
		}
		granted := 0
		for _, way := range []struct{ away, back func() }{
			{user(false), user(true)}, {assignment(false), assignment(true)}, {remove, assignment(true)},
		} {
			for range 8 {
				tokens := make([]response, 4)
				var all sync.WaitGroup
				for i := range tokens {
					all.Go(func() {
						tokens[i] = r.post("/auth/token", "clientId", m2mClient, "clientSecret", secret,
							"grant_types", "user_credentials", "loginId", loginID)
					})
				}
				way.away()
				all.Wait()
				way.back()
				for _, got := range tokens {
					if got.Code != http.StatusOK {
						r.wantError(got, http.StatusBadRequest, "invalid_grant")
						continue
					}
					granted++
					if r.active(got.str("access_token")) {
						t.Error("an access token counts again")
					}
					if again := r.refresh(got); again.str("error") != "invalid_grant" {
						t.Errorf("a refresh token counts again: %d", again.Code)
					}
				}
			}
		}
		t.Logf("%d of 96 sign-ins were granted", granted)
	})
}
