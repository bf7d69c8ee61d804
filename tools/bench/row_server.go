package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// serverRow times testserver.Start in this process, with a testing.TB as in a
// test. The first server of a process generates its RSA key too.
func serverRow(_ context.Context, b *bench) ([]finding, error) {
	testing.Init()
	if err := flag.Set("test.benchtime", "1x"); err != nil {
		return nil, err
	}
	var took []time.Duration
	for range b.starts + 1 {
		failed := true
		testing.Benchmark(func(t *testing.B) {
			started := time.Now()
			testserver.Start(t)
			took = append(took, time.Since(started))
			failed = false
		})
		if failed {
			return nil, errors.New("testserver.Start failed")
		}
	}
	const goal = 20 * time.Millisecond
	later := took[1:]
	return []finding{finding{
		what: "`testserver.Start(t)`, from the second of a process on", ours: fmt.Sprintf("the first, with its RSA key: %s", millis(took[0])),
		figure: spread(millis, later), goal: "under 20 ms", met: middle(later) < goal,
	}.print()}, nil
}
