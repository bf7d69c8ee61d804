package testserver

import (
	_ "embed"
	"sync"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/openapi"
)

//go:embed openapi.yaml
var openAPI []byte

// parsedValidator is read once per process: parsing takes longer than the rest
// of a server's start.
var parsedValidator = sync.OnceValues(func() (*openapi.Validator, error) {
	return openapi.Parse(openAPI)
})

// OpenAPI returns the document that defines the server: OpenAPI 3.0.3 in YAML.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }
