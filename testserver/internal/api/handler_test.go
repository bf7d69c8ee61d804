package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

// stub has the operations that the tests call.
type stub struct {
	api.Server
	id     string
	params api.ListSuitesParams
}

func (s *stub) GetSuite(_ context.Context, id string) (api.Response, error) {
	s.id = id
	return noContent{}, nil
}

func (s *stub) ListSuites(_ context.Context, params api.ListSuitesParams) (api.Response, error) {
	s.params = params
	return noContent{}, nil
}

type noContent struct{}

func (noContent) Write(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }

func get(server api.Server, target string) int {
	w := httptest.NewRecorder()
	handler := api.NewHandler(server, func(w http.ResponseWriter, _ *http.Request, err error) { problem.Write(w, err) })
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w.Code
}

func TestHandler_PathIsUnescapedOnce(t *testing.T) {
	t.Parallel()
	for escaped, want := range map[string]string{
		"plain": "plain", "a%20b": "a b", "a%2Fb": "a/b", "a%2Fb%2525": "a/b%25", "a%2525": "a%25", "%C3%A9": "é",
	} {
		var s stub
		if code := get(&s, "/api/v1/suites/"+escaped); code != http.StatusNoContent || s.id != want {
			t.Errorf("%s: status %d, id %q, want %q", escaped, code, s.id, want)
		}
	}
}

func TestHandler_QueryThatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	var s stub
	if code := get(&s, "/api/v1/suites?limit=99999999999999999999"); code != http.StatusBadRequest || s.params.Limit != nil {
		t.Errorf("status %d, params %v", code, s.params)
	}
	if code := get(&s, "/api/v1/suites?limit=7&ids=a,b"); code != http.StatusNoContent || *s.params.Limit != 7 || len(*s.params.Ids) != 2 {
		t.Errorf("status %d, params %v", code, s.params)
	}
}
