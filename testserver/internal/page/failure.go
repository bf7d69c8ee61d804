package page

import (
	"log/slog"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

// Failure is what a page shows about an error of the server: its status, and a
// problem and an advice for the person. It logs the error, unless the browser
// has given up: then nothing failed, and no person reads the page.
func Failure(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) (status int, text, advice string) {
	if r.Context().Err() != nil {
		return http.StatusServiceUnavailable, "The request was canceled.", ""
	}
	log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "error", err)
	if problem.From(err).Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", problem.RetryAfter)
		return http.StatusServiceUnavailable, "The server's database does not respond.", "Try again in a moment."
	}
	return http.StatusInternalServerError, "The server failed.", "Its log has the reason under this request's id."
}
