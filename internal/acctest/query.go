package acctest

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Query is a list block of `terraform query`.
type Query struct {
	// Config holds the filters.
	Config map[string]any
	// Limit is what the block's limit says; 0 is none, which Terraform itself
	// never sends: it has a default of 100.
	Limit int64
	// IncludeResource asks for the attributes too.
	IncludeResource bool
	// Take stops the query after so many results; 0 reads to the end.
	Take int
	// Seen is called after each result with their number so far, if given.
	Seen func(results int)
}

// Listed is one result of a query.
type Listed struct {
	DisplayName string
	Identity    map[string]string
	// Resource is null unless the query includes it.
	Resource tftypes.Value
}

// Get returns an attribute of the resource in Go's terms.
func (l *Listed) Get(name string) any { return (&Object{State: l.Resource}).Get(name) }

// Names are the display names of results, in their order.
func Names(results []Listed) []string {
	names := make([]string, len(results))
	for i := range results {
		names[i] = results[i].DisplayName
	}
	return names
}

// ListResources are the types that `terraform query` can list.
func (p *Protocol) ListResources() []string {
	return slices.Sorted(maps.Keys(p.schemas.ListResourceSchemas))
}

// List validates and runs a query. Like Terraform it stops at the first error.
// Unlike Terraform it relies on the provider to obey the limit.
func (p *Protocol) List(kind string, q Query) ([]Listed, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	if diags := p.ValidateList(kind, q.Config); HasErrors(diags) {
		return nil, diags
	}
	return p.ListUnchecked(kind, q)
}

// ValidateList checks the filters of a query as `terraform validate -query` does.
func (p *Protocol) ValidateList(kind string, config map[string]any) []*tfprotov6.Diagnostic {
	p.t.Helper()
	checked, err := p.lists().ValidateListResourceConfig(p.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: kind, Config: p.listConfig(kind, config),
	})
	must(p.t, err)
	return checked.Diagnostics
}

// ListUnchecked is [Protocol.List] without the validation.
func (p *Protocol) ListUnchecked(kind string, q Query) ([]Listed, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	stream, err := p.lists().ListResource(p.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: kind, Config: p.listConfig(kind, q.Config), Limit: q.Limit, IncludeResource: q.IncludeResource,
	})
	must(p.t, err)
	var (
		results []Listed
		diags   []*tfprotov6.Diagnostic
	)
	for result := range stream.Results {
		if diags = append(diags, result.Diagnostics...); HasErrors(diags) {
			break
		}
		results = append(results, p.listed(kind, result))
		if q.Seen != nil {
			q.Seen(len(results))
		}
		if q.Take > 0 && len(results) == q.Take {
			break
		}
	}
	return results, diags
}

func (p *Protocol) listed(kind string, result tfprotov6.ListResourceResult) Listed {
	p.t.Helper()
	listed := Listed{DisplayName: result.DisplayName, Identity: map[string]string{}, Resource: p.New(kind).State}
	if result.Resource != nil {
		listed.Resource = p.read(kind, result.Resource)
	}
	schemas, err := p.Server.GetResourceIdentitySchemas(p.t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	must(p.t, err)
	if result.Identity == nil {
		p.t.Fatalf("a result of %s has no identity", kind)
	}
	identity, err := result.Identity.IdentityData.Unmarshal(schemas.IdentitySchemas[kind].ValueType())
	must(p.t, err)
	var values map[string]tftypes.Value
	must(p.t, identity.As(&values))
	for name, value := range values {
		var text string
		must(p.t, value.As(&text))
		listed.Identity[name] = text
	}
	return listed
}

func (p *Protocol) lists() tfprotov6.ProviderServerWithListResource {
	p.t.Helper()
	server, ok := p.Server.(tfprotov6.ProviderServerWithListResource)
	if !ok {
		p.t.Fatal("the provider has no list resources")
	}
	return server
}

func (p *Protocol) listConfig(kind string, config map[string]any) *tfprotov6.DynamicValue {
	p.t.Helper()
	schema, ok := p.schemas.ListResourceSchemas[kind]
	if !ok {
		p.t.Fatalf("the provider has no list resource %s", kind)
	}
	return p.dynamic(p.value(schema.Block, config))
}

// Configurable reports whether a configuration may give the attribute.
func (p *Protocol) Configurable(kind, attribute string) bool {
	p.t.Helper()
	for _, a := range p.block(kind).Attributes {
		if a.Name == attribute {
			return a.Required || a.Optional
		}
	}
	p.t.Fatalf("%s has no attribute %s", kind, attribute)
	return false
}
