package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tci-pf/terraform-provider-atm/tools/bench/load"
)

// signaturesPerResponse: the access token's and the id token's.
const signaturesPerResponse = 2

// tokenRow compares the token endpoint (the program, its defaults, in memory)
// with raw signatures. Each sample is taken between two of raw signing and
// compared with their mean.
func tokenRow(ctx context.Context, b *bench) ([]finding, error) {
	s, err := b.startServer(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Stop() //nolint:errcheck // the run has what it needs from it
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	var found []finding
	for _, connections := range []int{16, 1, 256} {
		f, err := b.tokens(ctx, s, key, connections)
		found = append(found, f...)
		if err != nil {
			return found, fmt.Errorf("%d connections: %w", connections, err)
		}
	}
	return found, nil
}

func (b *bench) tokens(ctx context.Context, s *server, key *rsa.PrivateKey, connections int) ([]finding, error) {
	var signing, responses, shares, tails, ofCPU []float64
	if _, err := s.issue(ctx, connections, b.sample/3); err != nil { // warms up
		return nil, err
	}
	before, err := signFor(key, b.sample)
	if err != nil {
		return nil, err
	}
	for range b.samples {
		started, err := s.cpuTimes(ctx)
		if err != nil {
			return nil, err
		}
		got, err := s.issue(ctx, connections, b.sample)
		if err != nil {
			return nil, err
		}
		ended, err := s.cpuTimes(ctx)
		if err != nil {
			return nil, err
		}
		if err := twoTokens(got.Last); err != nil {
			return nil, err
		}
		after, err := signFor(key, b.sample)
		if err != nil {
			return nil, err
		}
		raw := (before.perSecond + after.perSecond) / 2
		fmt.Printf("  %d connections: %s; of a signature: %d µs\n", connections, ended.since(started, got.Requests), after.cpu.Microseconds())
		signing, responses = append(signing, raw), append(responses, got.PerSecond())
		shares = append(shares, got.PerSecond()*signaturesPerResponse/raw)
		if each := ended.each(started, got.Requests); each > 0 && after.cpu > 0 {
			ofCPU = append(ofCPU, float64(before.cpu+after.cpu)/2*signaturesPerResponse/float64(each))
		}
		tails = append(tails, float64(got.Quantile(0.99))/float64(got.Mean()))
		before = after
	}
	throughput := finding{
		what: fmt.Sprintf("`POST /auth/token`, user credentials, %d connections", connections),
		ours: spread(perSecond, responses), floor: spread(perSecond, signing) + " signatures", figure: spread(share, shares),
	}
	tail := finding{what: fmt.Sprintf("its p99 against its mean, %d connections", connections), figure: spread(times, tails)}
	switch connections {
	case 1:
		throughput.what += fmt.Sprintf(" (one core of %d at a time)", runtime.GOMAXPROCS(0))
	case 16:
		throughput.goal, throughput.met = "at least 0.85", middle(shares) >= 0.85
		tail.goal, tail.met = "at most 4 ×", middle(tails) <= 4
	}
	found := []finding{throughput.print(), tail.print()}
	if len(ofCPU) > 0 {
		found = append(found, finding{
			what:   fmt.Sprintf("its two signatures' share of its CPU time (server and load generator), %d connections", connections),
			figure: spread(share, ofCPU),
		}.print())
	}
	return found, nil
}

// issue requests tokens with the user-credentials grant.
func (s *server) issue(ctx context.Context, connections int, during time.Duration) (*load.Result, error) {
	form := url.Values{
		"grant_type": {"user_credentials"}, "client_id": {s.ClientID},
		"client_secret": {s.ClientSecret}, "login_id": {s.LoginID},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Endpoint+"/auth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return load.Run(ctx, request, connections, during)
}

// twoTokens makes sure that a response contains what was counted.
func twoTokens(body []byte) error {
	var response struct {
		Access string `json:"access_token"`
		ID     string `json:"id_token"`
	}
	if err := json.Unmarshal(body, &response); err != nil {
		return errors.New("the token endpoint's response is not JSON")
	}
	if strings.Count(response.Access, ".") != 2 || strings.Count(response.ID, ".") != 2 {
		return errors.New("the token endpoint's response does not contain two tokens")
	}
	return nil
}

// signatures are a sample of raw signing.
type signatures struct {
	perSecond float64
	cpu       time.Duration // of one
}

// signFor signs on all cores.
func signFor(key *rsa.PrivateKey, during time.Duration) (signatures, error) {
	var signed atomic.Int64
	errs := make([]error, runtime.GOMAXPROCS(0))
	used := ownCPU()
	digest := sha256.Sum256([]byte("a token"))
	started := time.Now()
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() {
			for time.Since(started) < during {
				if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
					errs[i] = err
					return
				}
				signed.Add(1)
			}
		})
	}
	group.Wait()
	return signatures{
		perSecond: float64(signed.Load()) / time.Since(started).Seconds(),
		cpu:       (ownCPU() - used) / time.Duration(max(signed.Load(), 1)),
	}, errors.Join(errs...)
}
