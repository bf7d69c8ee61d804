package login

import (
	"runtime"
	"sync"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
)

// Sign-ins of each core that may wait for their password to be hashed: about a
// second of work, and of those for suspects a tenth of that.
const (
	queuePerCore    = 48
	suspectsPerCore = 4
)

// pools bound the sign-ins that wait, so that the server refuses too many at
// once instead of letting them wait for ever. An address that has failed too
// often, or has half of all sign-ins waiting, is a suspect: suspects share a
// small pool, so that a flood from one source does not take the others' places.
// A known device is none, with any address: a proxy gives all of its clients
// one.
type pools struct {
	mu                 sync.Mutex
	waiting, suspected int
	byAddress          map[string]int
	most, mostSuspects int
}

func newPools() *pools {
	cores := runtime.GOMAXPROCS(0)
	return &pools{byAddress: map[string]int{}, most: queuePerCore * cores, mostSuspects: suspectsPerCore * cores}
}

// sourceKey counts the failures of an address, for all applications.
func sourceKey(address string) ratelimit.Key {
	return ratelimit.Key{Grant: "sign_in_source", Address: address}
}

// enter takes a place, which leave gives back, or none if the pool is full.
// Without a limiter, there are no suspects.
func (p *pools) enter(address string, known bool, limiter *ratelimit.Limiter) (leave func(), admitted bool) {
	failed := !known && limiter.Exceeded(sourceKey(address))
	p.mu.Lock()
	defer p.mu.Unlock()
	pool, most := &p.waiting, p.most
	if limiter != nil && !known && (failed || p.byAddress[address] >= p.most/2) {
		pool, most = &p.suspected, p.mostSuspects
	}
	if *pool >= most {
		return nil, false
	}
	*pool++
	p.byAddress[address]++
	return func() { p.leave(address, pool) }, true
}

func (p *pools) leave(address string, pool *int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*pool--
	if p.byAddress[address]--; p.byAddress[address] == 0 {
		delete(p.byAddress, address)
	}
}
