package acctest

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"
)

// Main runs the tests of a package that wait more than they compute: for the
// end of an operation's time, for what a server asks to wait. More of them run
// at a time than there are processors, unless -parallel says how many.
func Main(m *testing.M) {
	flag.Parse()
	const parallel = "test.parallel"
	if flag.Lookup(parallel).Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		if err := flag.Set(parallel, "4"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
