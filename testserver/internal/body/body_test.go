package body_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/body"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

func TestRead_BoundsBodies(t *testing.T) {
	t.Parallel()
	const limit = 10
	for name, c := range map[string]struct {
		body   io.Reader
		length int64 // -1: not announced
		status int   // 0: read
	}{
		"empty":                    {http.NoBody, 0, 0},
		"as long as the limit":     {strings.NewReader("0123456789"), 10, 0},
		"the same, not announced":  {strings.NewReader("0123456789"), -1, 0},
		"one byte more":            {strings.NewReader("0123456789x"), 11, http.StatusRequestEntityTooLarge},
		"the same, unannounced":    {strings.NewReader("0123456789x"), -1, http.StatusRequestEntityTooLarge},
		"endless":                  {strings.NewReader(strings.Repeat("x", 1<<20)), -1, http.StatusRequestEntityTooLarge},
		"broken off":               {io.MultiReader(strings.NewReader("01"), iotest.ErrReader(io.ErrUnexpectedEOF)), 5, http.StatusBadRequest},
		"announced, never arrives": {iotest.ErrReader(io.ErrUnexpectedEOF), 11, http.StatusRequestEntityTooLarge},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", c.body)
		r.ContentLength = c.length
		data, err := body.Read(r, limit)
		switch {
		case c.status == 0 && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.status != 0 && (err == nil || problem.From(err).Status != c.status || data != nil):
			t.Errorf("%s: %q, %v; want status %d", name, data, err, c.status)
		}
	}
}
