package federation

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Times of assertions.
const (
	// leeway is how far clocks may differ.
	leeway = time.Minute
	// maxAge is how long ago an issuer may have issued a token, and how long it
	// may be valid where it does not say when it was issued.
	maxAge = 24 * time.Hour
	// maxOwnLifetime is how long an application's own assertion may be valid.
	maxOwnLifetime = 5 * time.Minute
)

// Request is an assertion and what it has to fit.
type Request struct {
	Assertion string
	// ApplicationID and ClientID are those of the application that the request
	// names.
	ApplicationID, ClientID string
	Credentials             []store.FederatedCredential
	Keys                    []store.PublicKey
	// Login is the user to be signed in, by email address, empty where that is
	// not known yet.
	Login string
	// Issuer is this server's.
	Issuer string
	Now    time.Time
}

// Verified is an assertion whose signature and claims are right. It counts once
// the store has it (store.Tx.UseAssertion).
type Verified struct {
	Use store.Assertion
	// Credential is nil for an assertion that the application signed itself
	// with the key KeyID, which may be empty.
	Credential *store.FederatedCredential
	KeyID      string
}

// Verify verifies an assertion; its error is a *Refusal.
func (i *Issuers) Verify(ctx context.Context, r Request) (Verified, *Refusal) {
	t, refusal := parse(r.Assertion)
	if refusal != nil {
		return Verified{}, refusal
	}
	if !slices.Contains(Algorithms(), t.algorithm) {
		return Verified{}, refuse(FaultAlgorithm)
	}
	if t.issuer == r.ClientID {
		return t.verifyOwn(r)
	}
	return i.verifyFederated(ctx, t, r)
}

// verifyFederated verifies a token of an issuer that the application trusts.
func (i *Issuers) verifyFederated(ctx context.Context, t *token, r Request) (Verified, *Refusal) {
	if strings.TrimRight(t.issuer, "/") == r.Issuer {
		return Verified{}, refuse(FaultIssuer)
	}
	credential, refusal := t.choose(r.Credentials, r.Login)
	if refusal == nil {
		refusal = t.checkTimes(r.Now)
	}
	if refusal == nil && credential.SingleUse && t.id == "" {
		refusal = refuse(FaultNoID)
	}
	if refusal != nil {
		return Verified{}, refusal
	}
	keys, refusal := i.keys(ctx, *credential, func(keys []key) bool { return len(t.candidates(keys)) > 0 })
	if refusal == nil {
		_, refusal = t.verify(t.candidates(keys))
	}
	if refusal != nil {
		return Verified{}, refusal
	}
	v := Verified{Credential: credential, Use: store.Assertion{ApplicationID: r.ApplicationID, Credential: credential.Fingerprint()}}
	if credential.SingleUse {
		v.Use.Once, v.Use.ExpiresAt = t.once(), t.expiresAt.Add(leeway)
	}
	return v, nil
}

// verifyOwn verifies an assertion that the application signed (private_key_jwt,
// OpenID Connect Core §9). Its audience is this server's issuer: one that was
// made for another server's token endpoint must not count here.
func (t *token) verifyOwn(r Request) (Verified, *Refusal) {
	switch {
	case len(r.Keys) == 0:
		return Verified{}, refuse(FaultKey)
	case t.subject != r.ClientID:
		return Verified{}, refuse(FaultSubject)
	case t.audience != r.Issuer:
		return Verified{}, refuse(FaultAudience)
	case t.id == "":
		return Verified{}, refuse(FaultNoID)
	case t.issuedAt.IsZero() || t.expiresAt.Sub(t.issuedAt) > maxOwnLifetime:
		return Verified{}, refuse(FaultTooLong)
	}
	if refusal := t.checkTimes(r.Now); refusal != nil {
		return Verified{}, refusal
	}
	var own []key
	for _, k := range r.Keys {
		if read, ok := ownKey(k, t.kid); ok {
			own = append(own, read)
		}
	}
	signer, refusal := t.verify(t.candidates(own))
	if refusal != nil {
		return Verified{}, refusal
	}
	used := signer.own
	return Verified{KeyID: used.KeyID, Use: store.Assertion{
		ApplicationID: r.ApplicationID, Credential: used.Fingerprint(), Once: t.once(), ExpiresAt: t.expiresAt.Add(leeway),
	}}, nil
}

func (t *token) checkTimes(now time.Time) *Refusal {
	switch {
	case !now.Before(t.expiresAt.Add(leeway)):
		return refuse(FaultExpired)
	case t.notBefore.After(now.Add(leeway)) || t.issuedAt.After(now.Add(leeway)):
		return refuse(FaultNotYet)
	case !t.issuedAt.IsZero() && t.issuedAt.Before(now.Add(-maxAge-leeway)):
		return refuse(FaultTooOld)
	case t.issuedAt.IsZero() && t.expiresAt.After(now.Add(maxAge+leeway)):
		return refuse(FaultTooLong)
	}
	return nil
}

// once names the token among all that are valid once. Issuers cannot use up each
// other's.
func (t *token) once() []byte { return store.Hash(t.issuer + "\x00" + t.id) }
