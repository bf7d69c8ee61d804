package atm_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// suitesPage returns n suites and where the next page begins, if anywhere.
func suitesPage(n int, next string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"items":[%s],"nextCursor":%s,"total":9}`, strings.TrimSuffix(strings.Repeat(suiteJSON+",", n), ","), next)
	}
}

func TestEach_AsksForWhatIsLeft(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		most  int
		pages []http.HandlerFunc
		want  int
		sizes []string
	}{
		"all":                          {0, []http.HandlerFunc{suitesPage(500, `"a"`), suitesPage(500, `"b"`), suitesPage(1, `null`)}, 1001, []string{"500", "500", "500"}},
		"a few":                        {3, []http.HandlerFunc{suitesPage(3, `"a"`)}, 3, []string{"3"}},
		"a page and a bit":             {503, []http.HandlerFunc{suitesPage(500, `"a"`), suitesPage(3, `"b"`)}, 503, []string{"500", "3"}},
		"pages smaller than asked for": {5, []http.HandlerFunc{suitesPage(2, `"a"`), suitesPage(0, `"b"`), suitesPage(3, `"c"`)}, 5, []string{"5", "3", "3"}},
		"a server that gives too many": {2, []http.HandlerFunc{suitesPage(4, `"a"`)}, 2, []string{"2"}},
		"none":                         {7, []http.HandlerFunc{suitesPage(0, `null`)}, 0, []string{"7"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, tc.pages...)
			n := 0
			for _, err := range f.client(t).EachSuite(t.Context(), atm.ListSuitesParams{}, tc.most) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			var sizes []string
			for _, r := range f.requests() {
				sizes = append(sizes, r.URL.Query().Get("limit"))
			}
			if n != tc.want || !slices.Equal(sizes, tc.sizes) {
				t.Errorf("%d items by requests for %v, want %d by %v", n, sizes, tc.want, tc.sizes)
			}
		})
	}
}
