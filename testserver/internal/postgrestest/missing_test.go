package postgrestest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// judge notes how a test would have ended.
type judge struct {
	testing.TB
	skipped, failed string
}

func (j *judge) Helper()                           {}
func (j *judge) Name() string                      { return "TestSomething" }
func (j *judge) Skip(args ...any)                  { j.skipped = fmt.Sprintln(args...) }
func (j *judge) Fatalf(format string, args ...any) { j.failed = fmt.Sprintf(format, args...) }

func TestMissing_IsSaidAloudOrFails(t *testing.T) {
	for _, tt := range []struct {
		err             error
		require         string
		skipped, failed bool
	}{
		{errNone, "", true, false},
		{errNone, "browser", true, false},
		{errNone, "browser,postgres", false, true},
		{errors.New("initdb: exit status 1"), "", false, true}, // a broken one is no missing one
	} {
		t.Setenv(RequireVariable, tt.require)
		var said strings.Builder
		j := &judge{}
		missing(j, &said, tt.err)
		if (j.skipped != "") != tt.skipped || (j.failed != "") != tt.failed {
			t.Errorf("%v, required %q: skipped %q, failed %q", tt.err, tt.require, j.skipped, j.failed)
		}
		if aloud := strings.Contains(said.String(), "DID NOT RUN"); aloud != tt.skipped {
			t.Errorf("%v, required %q: said %q", tt.err, tt.require, said.String())
		}
	}
}
