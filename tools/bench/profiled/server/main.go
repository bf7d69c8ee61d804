// Command server is atm-testserver as "make bench" runs it, with a CPU profile
// (BENCH_PROFILE=DIR make bench). It is never released.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/metrics"
	"github.com/tci-pf/terraform-provider-atm/tools/bench/profiled/internal/profile"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "")
	controls := flag.Bool("test-controls", false, "")
	var level slog.Level
	flag.TextVar(&level, "log-level", slog.LevelInfo, "")
	_ = flag.String("print", "json", "")
	_ = flag.Bool("stop-on-stdin-close", true, "")
	flag.Parse()
	if err := run(*listen, *controls, level); err != nil {
		log.Fatal(err)
	}
}

func run(listen string, controls bool, level slog.Level) error {
	stop, err := profile.Start()
	if err != nil {
		return err
	}
	// What atm-testserver sets by default.
	opts := []testserver.Option{
		testserver.WithListen(listen), metrics.WithPrometheus(), testserver.WithRateLimit(0, 0),
		testserver.WithKeyRotation(720 * time.Hour), testserver.WithLogger(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))),
	}
	if controls {
		opts = append(opts, testserver.WithTestControls(""))
	} else {
		opts = append(opts, testserver.WithJWKSMaxAge(testserver.DefaultJWKSMaxAge))
	}
	s, err := testserver.New(opts...)
	if err != nil {
		return err
	}
	admin := s.Admin()
	err = json.NewEncoder(os.Stdout).Encode(map[string]string{
		"ATM_ENDPOINT": s.URL, "ATM_CLIENT_ID": admin.ClientID, "ATM_CLIENT_SECRET": admin.ClientSecret, "ATM_LOGIN_ID": admin.LoginID,
	})
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, s.Close(), stop())
}
