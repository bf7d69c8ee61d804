package token

import "fmt"

// Check is a step of the verification.
type Check string

// The checks of [Verify], in the order in which they are made.
const (
	// CheckForm: three parts of base64url, JSON without ambiguity.
	CheckForm Check = "form"
	// CheckHeader: RS256, a kid, and nothing that would name another key.
	CheckHeader Check = "header"
	// CheckKey: the kid is one of ATM's keys.
	CheckKey Check = "key"
	// CheckSignature: that key made the signature.
	CheckSignature Check = "signature"
	// CheckClaims: the claims are ATM's.
	CheckClaims Check = "claims"
	// CheckIssuer: iss is atm.
	CheckIssuer Check = "issuer"
	// CheckTime: not expired, not from the future.
	CheckTime Check = "time"
	// CheckAudience: aud is the one asked for.
	CheckAudience Check = "audience"
)

// Refusal is a token that does not hold. It never contains the token, nor a
// claim that was not verified except aud and iss, shortened and quoted.
type Refusal struct {
	Check  Check
	Reason string
}

// Error is one clause whose subject is the token.
func (r *Refusal) Error() string { return r.Reason }

func refuse(check Check, format string, args ...any) *Refusal {
	return &Refusal{Check: check, Reason: fmt.Sprintf(format, args...)}
}

// KeysError is a JWKS that cannot be fetched or read, as opposed to a token
// that is refused.
type KeysError struct{ Err error }

// Error tells why.
func (e *KeysError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *KeysError) Unwrap() error { return e.Err }

// shorten bounds and quotes what a stranger wrote.
func shorten(text string) string {
	const most = 64
	if len(text) > most {
		return fmt.Sprintf("%q…", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
