package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// Environment variables that the package reads.
const (
	// PathVariable names the browser, where it is not found automatically.
	PathVariable = "ATM_TEST_CHROMIUM"
	// RequireVariable lists, separated by commas, what must not be missing.
	RequireVariable = "ATM_TEST_REQUIRE"
)

// names are those of Chromium and its relatives.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chrome-headless-shell"}

// find returns the path of the browser. It skips the test where there is none,
// and with -short.
func find(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: it starts Chromium")
	}
	if path := os.Getenv(PathVariable); path != "" {
		return path
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	message := "none of " + strings.Join(names, ", ") + " is installed, and " + PathVariable + " names none"
	if slices.Contains(strings.Split(os.Getenv(RequireVariable), ","), "chromium") {
		t.Fatal("Chromium: " + message)
	}
	fmt.Fprintf(os.Stderr, "%s: THIS TEST DID NOT RUN IN A BROWSER: %s\n", t.Name(), message)
	t.Skip("THIS TEST DID NOT RUN IN A BROWSER: " + message)
	return ""
}

// shared is the process that the tests of a package use together. It ends with
// the last test that uses it.
var shared struct {
	sync.Mutex
	users   int
	browser context.Context
	end     func()
}

// browser returns a context of the running browser, for as long as the test
// runs.
func browser(t testing.TB) context.Context {
	t.Helper()
	path := find(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.users == 0 {
		if err := start(path); err != nil {
			t.Fatalf("start %s: %v", path, err)
		}
	}
	shared.users++
	t.Cleanup(func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.users--; shared.users == 0 {
			shared.end()
		}
	})
	return shared.browser
}

// start starts the browser in a profile of its own, which goes with it. The
// process is tied to this one's life (Pdeathsig, where there is that).
func start(path string) error {
	profile, err := os.MkdirTemp("", "atm-browser-")
	if err != nil {
		return err
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(profile),
		chromedp.NoSandbox, // it runs as root in CI, and shows only our own pages
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)...)
	ctx, cancel := chromedp.NewContext(allocator)
	end := func() {
		// An orderly end; what it leaves undone, cancelling does.
		_ = chromedp.Cancel(ctx)
		cancel()
		stop()
		_ = os.RemoveAll(profile) // a directory that is left is only litter
	}
	if err := chromedp.Do(ctx); err != nil {
		end()
		return errors.Join(errors.New("the browser does not start"), err)
	}
	shared.browser, shared.end = ctx, end
	return nil
}
