package bearer_test

import (
	"net/http"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/bearer"
)

func TestToken(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		headers []string
		want    string
	}{
		"a token":            {[]string{"Bearer a.b.c"}, "a.b.c"},
		"in small letters":   {[]string{"bearer a.b.c"}, "a.b.c"},
		"with more spaces":   {[]string{"Bearer   a.b.c "}, "a.b.c"},
		"no header":          {nil, ""},
		"two headers":        {[]string{"Bearer a.b.c", "Bearer a.b.c"}, ""},
		"another scheme":     {[]string{"Basic a.b.c"}, ""},
		"no scheme":          {[]string{"a.b.c"}, ""},
		"no token":           {[]string{"Bearer"}, ""},
		"spaces for a token": {[]string{"Bearer  "}, ""},
	} {
		r := &http.Request{Header: http.Header{"Authorization": tt.headers}}
		if got, found := bearer.Token(r); got != tt.want || found != (tt.want != "") {
			t.Errorf("%s: got %q, %t, want %q", name, got, found, tt.want)
		}
	}
}
