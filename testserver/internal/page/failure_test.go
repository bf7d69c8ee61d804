package page_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func TestFailure_SaysWhetherToTryAgain(t *testing.T) {
	t.Parallel()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx        context.Context
		err        error
		status     int
		retryAfter string
	}{
		"unavailable": {t.Context(), fmt.Errorf("read: %w", store.ErrUnavailable), http.StatusServiceUnavailable, "1"},
		"closed":      {t.Context(), fmt.Errorf("read: %w", store.ErrClosed), http.StatusServiceUnavailable, "1"},
		"too slow":    {t.Context(), fmt.Errorf("read: %w", context.DeadlineExceeded), http.StatusServiceUnavailable, "1"},
		"given up":    {gone, store.ErrClosed, http.StatusServiceUnavailable, ""},
		"a fault":     {t.Context(), errors.New("no such column"), http.StatusInternalServerError, ""},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/login", nil).WithContext(c.ctx)
		status, text, _ := page.Failure(w, r, slog.New(slog.DiscardHandler), c.err)
		if status != c.status || text == "" || w.Header().Get("Retry-After") != c.retryAfter {
			t.Errorf("%s: %d %q, Retry-After %q", name, status, text, w.Header().Get("Retry-After"))
		}
	}
}
