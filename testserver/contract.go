package testserver

import (
	_ "embed"
	"sync"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/contract"
)

//go:embed openapi.yaml
var openAPI []byte

// parsedContract is read once per process: parsing takes longer than the rest
// of a server's start.
var parsedContract = sync.OnceValues(func() (*contract.Contract, error) {
	return contract.Parse(openAPI)
})

// OpenAPI returns the document that defines the server: OpenAPI 3.0.3 in YAML.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }
