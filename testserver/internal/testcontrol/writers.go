package testcontrol

import "net/http"

// headerWriter sets headers over those of the handler.
type headerWriter struct {
	http.ResponseWriter
	add  map[string]string
	done bool
}

func (w *headerWriter) WriteHeader(status int) {
	if !w.done && status >= 200 {
		w.done = true
		for name, value := range w.add {
			w.Header().Set(name, value)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *headerWriter) Write(p []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *headerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// truncatingWriter passes on the first bytes of the body and swallows the rest.
type truncatingWriter struct {
	http.ResponseWriter
	left int
}

func (w *truncatingWriter) Write(p []byte) (int, error) {
	part := p[:min(w.left, len(p))]
	w.left -= len(part)
	if _, err := w.ResponseWriter.Write(part); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Unwrap is for http.ResponseController.
func (w *truncatingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// nowhere takes a response that no client gets.
type nowhere struct{ header http.Header }

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (w *nowhere) WriteHeader(int)             {}
