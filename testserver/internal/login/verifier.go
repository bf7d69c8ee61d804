package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Refusal says why email address and password were not enough.
type Refusal struct {
	// Status is the HTTP status of the response.
	Status int
	// Message is for the user, and does not tell an unknown email address from
	// a wrong password.
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
	wrongCredentials = "The email address or the password is wrong."
	tooMany          = "Too many sign-ins have failed. Wait a moment, then try again."
	tooManyGuesses   = "Too many sign-ins with this email address have failed, so this password was not checked. " +
		"Try again later, or in a browser in which you have signed in before."
	busy = "Too many people are signing in. Try again in a few seconds."
)

// Guesses at the password of an account that are evaluated in any hour (OWASP
// ASVS 4.0.3 §2.2.1): from all devices that have not signed in to it before,
// and from each device that has.
const (
	unknownDeviceGuesses = 100
	knownDeviceGuesses   = 20
)

// VerifierConfig says what a Verifier works with. All but Limiter are required.
type VerifierConfig struct {
	Store     *store.Store
	Passwords *password.Hasher
	// Limiter counts failures. Without one, nothing limits guesses, and devices
	// are not remembered.
	Limiter *ratelimit.Limiter
	Clock   clock.Clock
	// Secret returns a key by its name that all replicas share.
	Secret func(context.Context, string) ([]byte, error)
	// PublicURL returns the URL under which browsers reach the server.
	PublicURL func() string
}

// Verifier checks email address and password. It is safe for concurrent use.
type Verifier struct {
	config  VerifierConfig
	pools   *pools
	devices devices
}

// NewVerifier returns a verifier.
func NewVerifier(config VerifierConfig) *Verifier {
	v := &Verifier{config: config, pools: newPools()}
	v.devices.key = func(ctx context.Context) ([]byte, error) { return config.Secret(ctx, "known-devices") }
	v.devices.publicURL = config.PublicURL
	return v
}

// Verify returns the user with this email address and password. It returns a
// *Refusal where there is none; any other error is the server's own. client is
// what the user signs in to. An unknown email address takes as long as a wrong
// password. Whether the user is enabled is not looked at.
//
// With a limiter, a password is only evaluated while the account, for unknown
// devices, or the known device has guesses left. The right password is not a
// guess. Beyond that, failures change only the status of the refusal.
func (v *Verifier) Verify(r *http.Request, client, email, secret string) (store.User, error) {
	ctx, email := r.Context(), strings.TrimSpace(email)
	user, err := v.config.Store.Direct(ctx).UserByEmail(email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.User{}, fmt.Errorf("look up a user by email address: %w", err)
	}
	device, err := v.device(r, user)
	if err != nil {
		return store.User{}, err
	}
	address := ratelimit.Address(r.RemoteAddr)
	leave, admitted := v.pools.enter(address, device != "", v.config.Limiter)
	if !admitted {
		return store.User{}, &Refusal{
			Status: http.StatusServiceUnavailable, Message: busy, Reason: oauth.ReasonBusy, RetryAfter: time.Second,
		}
	}
	defer leave()
	right, wait, err := v.evaluate(ctx, user, email, device, secret)
	if err != nil {
		return store.User{}, err
	}
	if right {
		return user, nil
	}
	return store.User{}, v.refuse(ratelimit.Key{Client: client, Grant: "sign_in", Address: address}, user.ID, wait)
}

// Remember makes the browser a known device of the user, who has just signed in.
func (v *Verifier) Remember(w http.ResponseWriter, r *http.Request, user store.User) error {
	if v.config.Limiter == nil {
		return nil
	}
	return v.devices.remember(w, r, user.ID)
}

func (v *Verifier) device(r *http.Request, user store.User) (string, error) {
	if v.config.Limiter == nil || user.ID == "" {
		return "", nil
	}
	return v.devices.known(r, user.ID)
}

// evaluate compares the password, unless there are no guesses left: then it
// returns how long to wait.
func (v *Verifier) evaluate(ctx context.Context, user store.User, email, device, secret string) (right bool, wait time.Duration, err error) {
	if v.config.Limiter == nil {
		right, err = v.compare(ctx, user, secret)
		return right, 0, err
	}
	budget := store.GuessBudget{Account: email, Device: device, Most: unknownDeviceGuesses}
	if device != "" {
		budget.Most = knownDeviceGuesses
	}
	reserved := v.config.Clock.Now()
	if wait, err = v.config.Store.ReserveGuess(ctx, budget, reserved); err != nil || wait > 0 {
		return false, wait, err
	}
	right, err = v.compare(ctx, user, secret)
	if right || err != nil { // no guess, or not evaluated
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), returnTimeout)
		defer cancel()
		err = errors.Join(err, v.config.Store.ReturnGuess(late, budget, reserved, v.config.Clock.Now()))
	}
	return right, 0, err
}

// returnTimeout bounds the return of a guess when the client is gone.
const returnTimeout = 5 * time.Second

func (v *Verifier) compare(ctx context.Context, user store.User, secret string) (bool, error) {
	if validation.Password(secret) != nil {
		secret = "" // no user's, and not worth hashing whole
	}
	// The hash of a user who does not exist is empty, and is verified all the
	// same.
	right, err := v.config.Passwords.Verify(ctx, user.PasswordHash, secret)
	if err != nil {
		return false, fmt.Errorf("verify a password: %w", err)
	}
	return right && user.ID != "", nil
}

func (v *Verifier) refuse(key ratelimit.Key, userID string, wait time.Duration) *Refusal {
	v.config.Limiter.Fail(sourceKey(key.Address))
	retryAfter, limited := v.config.Limiter.Fail(key)
	refusal := &Refusal{
		Status: http.StatusTooManyRequests, Message: tooMany, Reason: oauth.ReasonRateLimited, UserID: userID, RetryAfter: retryAfter,
	}
	switch {
	case wait > 0:
		refusal.Message, refusal.RetryAfter = tooManyGuesses, wait
		return refusal
	case limited:
		return refusal
	}
	reason := oauth.ReasonUnknownUser
	if userID != "" {
		reason = oauth.ReasonWrongPassword
	}
	return &Refusal{Status: http.StatusForbidden, Message: wrongCredentials, Reason: reason, UserID: userID}
}
