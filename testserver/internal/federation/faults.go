package federation

import "time"

// Fault tells the operator why an assertion was refused. The set is closed, so
// that it can label a metric. The caller learns only that it was refused.
type Fault string

// Faults of assertions.
const (
	FaultMalformed       Fault = "assertion_malformed"
	FaultAlgorithm       Fault = "assertion_algorithm"
	FaultIssuer          Fault = "assertion_issuer"
	FaultAudience        Fault = "assertion_audience"
	FaultSubject         Fault = "assertion_subject"
	FaultClaims          Fault = "assertion_claims"
	FaultLogin           Fault = "assertion_login"
	FaultKey             Fault = "assertion_key"
	FaultSignature       Fault = "assertion_signature"
	FaultExpired         Fault = "assertion_expired"
	FaultNotYet          Fault = "assertion_not_yet_valid"
	FaultTooOld          Fault = "assertion_too_old"
	FaultTooLong         Fault = "assertion_lifetime"
	FaultNoID            Fault = "assertion_no_jti"
	FaultReplayed        Fault = "assertion_replayed"
	FaultChanged         Fault = "assertion_credential_changed"
	FaultKeysUnreachable Fault = "assertion_keys_unreachable"
	FaultKeysAddress     Fault = "assertion_keys_address"
	FaultKeysInvalid     Fault = "assertion_keys_invalid"
	FaultDiscovery       Fault = "assertion_discovery_issuer"
)

// Refusal is why an assertion does not count.
type Refusal struct {
	Fault Fault
	// RetryAfter is set for FaultKeysUnreachable: when another attempt may
	// succeed.
	RetryAfter time.Duration
}

// Error returns the fault.
func (r *Refusal) Error() string { return string(r.Fault) }

func refuse(f Fault) *Refusal { return &Refusal{Fault: f} }
