package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Refusal says why e-mail and password were not enough.
type Refusal struct {
	// Status is the HTTP status for the answer.
	Status int
	// Message is for the user, and does not tell an unknown e-mail from a
	// wrong password.
	Message string
	// Reason and UserID, who it would have been, are for the operator.
	Reason oauth.Reason
	UserID string
	// RetryAfter is how long to wait, zero where that is no matter.
	RetryAfter time.Duration
}

// Error returns the reason, for the log.
func (r *Refusal) Error() string { return "sign-in refused: " + string(r.Reason) }

const (
	wrongCredentials = "The e-mail or the password is wrong."
	tooMany          = "Too many sign-ins have failed. Wait a moment, then try again."
	busy             = "Too many people sign in at this moment. Try again in a few seconds."
)

// queuePerCore bounds the sign-ins that wait for their password to be hashed:
// about a second of work for each core. Whoever comes later is told at once.
const queuePerCore = 48

// Verifier checks e-mail and password.
type Verifier struct {
	store     *store.Store
	passwords *password.Hasher
	limiter   *ratelimit.Limiter
	admitted  atomic.Int64
	most      int64
}

// NewVerifier returns a verifier. A nil limiter does not slow down failures.
func NewVerifier(s *store.Store, passwords *password.Hasher, limiter *ratelimit.Limiter) *Verifier {
	return &Verifier{
		store: s, passwords: passwords, limiter: limiter,
		most: int64(queuePerCore * runtime.GOMAXPROCS(0)),
	}
}

// Verify returns the user whose e-mail and password these are. It returns a
// *Refusal where there is none; any other error is the server's own. Failures,
// and only they, are counted by key: right credentials are never limited. An
// unknown e-mail takes as long as a wrong password. Whether the user is enabled
// is not looked at.
func (v *Verifier) Verify(ctx context.Context, key ratelimit.Key, email, secret string) (store.User, error) {
	defer v.admitted.Add(-1)
	if v.admitted.Add(1) > v.most {
		return store.User{}, &Refusal{
			Status: http.StatusServiceUnavailable, Message: busy, Reason: oauth.ReasonBusy, RetryAfter: time.Second,
		}
	}
	email = strings.TrimSpace(email)
	user, err := v.store.Direct(ctx).UserByEmail(email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.User{}, fmt.Errorf("look up a user by e-mail: %w", err)
	}
	known := err == nil
	if validation.Password(secret) != nil {
		secret = "" // nobody's, and not worth hashing whole
	}
	// The hash of a user who does not exist is empty, and is verified all the
	// same.
	right, err := v.passwords.Verify(ctx, user.PasswordHash, secret)
	if err != nil {
		return store.User{}, fmt.Errorf("verify a password: %w", err)
	}
	if right && known {
		return user, nil
	}
	return store.User{}, v.refuse(key, user.ID)
}

func (v *Verifier) refuse(key ratelimit.Key, userID string) *Refusal {
	if retryAfter, limited := v.limiter.Fail(key); limited {
		return &Refusal{
			Status: http.StatusTooManyRequests, Message: tooMany, Reason: oauth.ReasonRateLimited, UserID: userID,
			RetryAfter: retryAfter,
		}
	}
	reason := oauth.ReasonUnknownUser
	if userID != "" {
		reason = oauth.ReasonWrongPassword
	}
	return &Refusal{Status: http.StatusForbidden, Message: wrongCredentials, Reason: reason, UserID: userID}
}
