package federation

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	const never, private, always = 0, 1, 2 // when the server connects: never, with --federation-allow-private, always
	for address, want := range map[string]int{
		"140.82.112.3:443": always, "[2606:50c0:8000::153]:443": always,
		"140.82.112.3:80": private, "140.82.112.3:8443": private,
		"127.0.0.1:443": private, "127.0.0.1:8080": private, "[::1]:443": private, "10.1.2.3:443": private, "172.16.0.1:443": private,
		"172.31.255.255:443": private, "192.168.1.1:443": private, "[fc00::1]:443": private, "[fd12::1]:443": private,
		"169.254.169.254:443": never, "169.254.170.2:80": never, "[fe80::1]:443": never, "[fe80::1%lo]:443": never, "[fd00:ec2::254]:80": never,
		"0.0.0.0:443": never, "0.1.2.3:443": never, "[::]:443": never, "100.64.0.1:443": never, "100.127.255.255:443": never,
		"224.0.0.1:443": never, "239.1.1.1:443": never, "240.0.0.1:443": never, "255.255.255.255:443": never, "[ff02::1]:443": never,
		"192.0.0.1:443": never, "192.0.2.1:443": never, "198.18.0.1:443": never, "198.51.100.1:443": never, "203.0.113.1:443": never,
		// IPv4 inside of IPv6: mapped, compatible, NAT64, 6to4, Teredo.
		"[::ffff:10.0.0.1]:443": never, "[::ffff:169.254.169.254]:443": never, "[::ffff:127.0.0.1]:443": never, "[::10.0.0.1]:443": never,
		"[64:ff9b::a00:1]:443": never, "[64:ff9b::a9fe:a9fe]:443": never, "[64:ff9b:1::a00:1]:443": never, "[2002:a00:1::]:443": never, "[2002:7f00:1::]:443": never,
		"[2001:0:a00:1::]:443": never, "[2001:db8::1]:443": never, "[fec0::1]:443": never, "[100::1]:443": never,
	} {
		network := "tcp4"
		if address[0] == '[' {
			network = "tcp6"
		}
		if got := guard(false)(network, address, nil) == nil; got != (want == always) {
			t.Errorf("%s is dialed: %t", address, got)
		}
		if got := guard(true)(network, address, nil) == nil; got != (want >= private) {
			t.Errorf("%s is dialed with --federation-allow-private: %t", address, got)
		}
	}
}

// A name that resolves to a private address is refused when it is dialed, in
// discovery and for the keys.
func TestIssuers_RefuseWhatIsNotPublic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	strict := NewIssuers(w.clock, false)
	t.Cleanup(strict.Close)
	for from, want := range map[string]Fault{
		"https://localhost/jwks":      FaultKeysAddress,
		"https://127.0.0.1:8443/jwks": FaultKeysAddress,
		"https://[::1]/jwks":          FaultKeysAddress,
		"https://169.254.169.254/":    FaultKeysAddress,
		"https://user@a.example/jwks": FaultKeysInvalid,
		w.issuer.URL + "/jwks":        FaultKeysInvalid, // http
		"":                            FaultKeysInvalid, // discovery by http
	} {
		entry := w.entry()
		entry.JWKSURI = from
		r := Request{Assertion: w.issuer.Token(claims(nil)), Credentials: []store.FederatedCredential{entry}, Issuer: ownIssuer, Now: w.clock.Now()}
		if _, refusal := strict.Verify(t.Context(), r); refusal == nil || refusal.Fault != want {
			t.Errorf("%q: %v, want %s", from, refusal, want)
		}
	}
	if got := w.requests(); got != [2]int{} {
		t.Errorf("%v requests", got)
	}
}
