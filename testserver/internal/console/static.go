package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"mime"
	"net/http"
	"path"
	"time"

	"github.com/go-chi/chi/v5"
)

//go:embed static
var staticFiles embed.FS

// static serves style and script. They are public: nothing of the server's
// content is in them.
func (c *Console) static(w http.ResponseWriter, r *http.Request) {
	name := chi.URLParam(r, "file")
	content, err := staticFiles.ReadFile("static/" + name)
	if err != nil {
		c.refuse(w, r, http.StatusNotFound, "Page not found.", "")
		return
	}
	sum := sha256.Sum256(content)
	policy.Apply(w.Header())
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	w.Header().Set("Cache-Control", "no-cache") // ask each time, transfer once
	w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}
