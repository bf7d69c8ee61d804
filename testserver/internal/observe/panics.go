package observe

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
)

// Panics returns middleware that responds to a panic by respond, or by closing
// the connection where the response has begun, and logs it.
// http.ErrAbortHandler, which is no failure but the way to drop a connection,
// passes.
func Panics(log *slog.Logger, respond http.HandlerFunc) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			wrapped, tells := w.(statusWriter)
			if !tells {
				wrapped = middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			}
			defer func() {
				cause := recover()
				if cause == nil {
					return
				}
				if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(http.ErrAbortHandler)
				}
				log.ErrorContext(r.Context(), "panic", "cause", describe(cause), "stack", string(debug.Stack()),
					"request_id", requestid.From(r.Context()))
				if wrapped.Status() != 0 {
					panic(http.ErrAbortHandler)
				}
				respond(w, r)
			}()
			next.ServeHTTP(wrapped, r)
		})
	}
}

// statusWriter tells its status once it has begun, 0 before.
type statusWriter interface {
	http.ResponseWriter
	Status() int
}

// describe quotes what the runtime says and only names the type of anything
// else: a value could hold what it choked on.
func describe(cause any) string {
	if err, ok := cause.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", cause)
}
