package provider_test

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	fwprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/tci-pf/terraform-provider-atm/internal/provider"
)

// attribute is what every attribute has, of all kinds of schemas.
type attribute interface {
	GetMarkdownDescription() string
	IsOptional() bool
	IsRequired() bool
}

// Parts of descriptions, as regular expressions.
const (
	unit    = `(?i)\bseconds\b|\bnumber of (requests|retries)\b|\bcounter\b`
	bounds  = `\([\d.,]+(–[\d.,]+| or more)[,)]`
	length  = `\d characters\b`
	initial = `\bDefault: `
)

// validated is the description of the validators of texts that package validation judges.
const validated = "must be a text that ATM accepts"

// A description says what the schema enforces: of a number, unit, bounds and
// default; of a text with bounds, its length; of an enumeration, its values.
func TestDescriptions_SayWhatTheSchemaEnforces(t *testing.T) {
	t.Parallel()
	numbers, all := 0, attributes(t)
	for path, attribute := range all {
		settable := attribute.IsOptional() || attribute.IsRequired()
		want := defaultOf(t.Context(), attribute)
		switch a := attribute.(type) {
		case interface{ Int64Validators() []validator.Int64 }:
			numbers++
			want = append(want, ofNumber(described(a.Int64Validators()), settable)...)
		case interface{ Float64Validators() []validator.Float64 }:
			numbers++
			want = append(want, ofNumber(described(a.Float64Validators()), settable)...)
		case interface{ StringValidators() []validator.String }:
			want = append(want, ofText(described(a.StringValidators()), attribute.IsRequired())...)
			if settable && inObject.MatchString(path) {
				want = append(want, length)
			}
		case interface{ SetValidators() []validator.Set }:
			want = append(want, ofText(described(a.SetValidators()), true)...)
		}
		// A data source has no validators: it names the bounds that the resource does.
		if of, found := all[strings.Replace(path, "data source ", "resource ", 1)]; found && !settable {
			if same := regexp.MustCompile(bounds).FindString(of.GetMarkdownDescription()); same != "" {
				want = append(want, regexp.QuoteMeta(strings.TrimRight(same, ",)")))
			}
		}
		for _, part := range want {
			if doc := attribute.GetMarkdownDescription(); !regexp.MustCompile(part).MatchString(doc) {
				t.Errorf("%s: the description has no %s: %s", path, part, doc)
			}
		}
	}
	if numbers < 20 {
		t.Errorf("only %d numbers were checked", numbers)
	}
}

// inObject are the objects whose texts ValidateConfig checks, without validators.
var inObject = regexp.MustCompile(`\.(federated_credentials|public_keys)\.`)

// described are the descriptions of validators.
func described[V validator.Describer](validators []V) []string {
	var found []string
	for _, v := range validators {
		found = append(found, v.Description(context.Background()))
	}
	return found
}

// ofNumber is what the description of a number must have.
func ofNumber(validators []string, settable bool) []string {
	want := []string{unit, bounds}
	if !settable {
		return want
	}
	want = append(want, initial)
	for _, description := range validators {
		var least, most float64
		if n, _ := fmt.Sscanf(description, "value must be between %g and %g", &least, &most); n == 2 {
			return append(want, regexp.QuoteMeta("("+spelled(least)+"–"+spelled(most)))
		}
		if n, _ := fmt.Sscanf(description, "value must be at least %g", &least); n == 1 {
			return append(want, regexp.QuoteMeta("("+spelled(least)+" or more"))
		}
	}
	return append(want, "bounds that the schema enforces too")
}

// ofText is what the description of a text, or of a set of texts, must have.
func ofText(validators []string, required bool) []string {
	var want []string
	for _, description := range validators {
		if strings.Contains(description, validated) {
			want = append(want, length)
		}
		_, values, _ := strings.Cut(description, "value must be one of: ")
		for _, value := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(values, -1) {
			want = append(want, "`"+value[1]+"`")
			if !required {
				want = append(want, initial)
			}
		}
	}
	return want
}

// spelled is a number as the pages have it, as in 86,400.
func spelled(n float64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return spelled(float64(int64(n)/1000)) + fmt.Sprintf(",%03d", int64(n)%1000)
}

// defaultOf is how the description names the default that the schema has.
func defaultOf(ctx context.Context, attribute any) []string {
	var value fmt.Stringer
	switch a := attribute.(type) {
	case interface{ Int64DefaultValue() defaults.Int64 }:
		if d := a.Int64DefaultValue(); d != nil {
			var resp defaults.Int64Response
			d.DefaultInt64(ctx, defaults.Int64Request{}, &resp)
			return []string{initial + spelled(float64(resp.PlanValue.ValueInt64())) + `\.`}
		}
	case interface{ BoolDefaultValue() defaults.Bool }:
		if d := a.BoolDefaultValue(); d != nil {
			var resp defaults.BoolResponse
			d.DefaultBool(ctx, defaults.BoolRequest{}, &resp)
			value = resp.PlanValue
		}
	case interface{ StringDefaultValue() defaults.String }:
		if d := a.StringDefaultValue(); d != nil {
			var resp defaults.StringResponse
			d.DefaultString(ctx, defaults.StringRequest{}, &resp)
			value = resp.PlanValue
		}
	case interface{ SetDefaultValue() defaults.Set }:
		if a.SetDefaultValue() != nil {
			return []string{initial + "none"}
		}
	}
	switch {
	case value == nil:
		return nil
	case value.String() == `""`:
		return []string{initial + "empty"}
	}
	return []string{initial + "`" + strings.Trim(value.String(), `"`) + "`"}
}

// attributes are those of every schema of the provider, by their path.
func attributes(t *testing.T) map[string]attribute {
	t.Helper()
	ctx, found := t.Context(), map[string]attribute{}
	p := provider.New("test")()
	var block fwprovider.SchemaResponse
	p.Schema(ctx, fwprovider.SchemaRequest{}, &block)
	collect(found, "provider", block.Schema)
	for _, of := range p.Resources(ctx) {
		var name resource.MetadataResponse
		var got resource.SchemaResponse
		of().Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "atm"}, &name)
		of().Schema(ctx, resource.SchemaRequest{}, &got)
		collect(found, "resource "+name.TypeName, got.Schema)
	}
	for _, of := range p.DataSources(ctx) {
		var name datasource.MetadataResponse
		var got datasource.SchemaResponse
		of().Metadata(ctx, datasource.MetadataRequest{ProviderTypeName: "atm"}, &name)
		of().Schema(ctx, datasource.SchemaRequest{}, &got)
		collect(found, "data source "+name.TypeName, got.Schema)
	}
	for _, of := range p.(fwprovider.ProviderWithEphemeralResources).EphemeralResources(ctx) {
		var got ephemeral.SchemaResponse
		of().Schema(ctx, ephemeral.SchemaRequest{}, &got)
		collect(found, "ephemeral resource", got.Schema)
	}
	for _, of := range p.(fwprovider.ProviderWithListResources).ListResources(ctx) {
		var name resource.MetadataResponse
		var got list.ListResourceSchemaResponse
		of().Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "atm"}, &name)
		of().ListResourceConfigSchema(ctx, list.ListResourceSchemaRequest{}, &got)
		collect(found, "list resource "+name.TypeName, got.Schema)
	}
	for _, of := range p.(fwprovider.ProviderWithActions).Actions(ctx) {
		var name action.MetadataResponse
		var got action.SchemaResponse
		of().Metadata(ctx, action.MetadataRequest{ProviderTypeName: "atm"}, &name)
		of().Schema(ctx, action.SchemaRequest{}, &got)
		collect(found, "action "+name.TypeName, got.Schema)
	}
	return found
}

// collect adds the attributes of a schema or of nested objects. Each package of
// the framework has types of its own for them, with the same fields.
func collect(into map[string]attribute, path string, of any) {
	v := reflect.ValueOf(of)
	if v.Kind() != reflect.Struct {
		return
	}
	if object := v.FieldByName("NestedObject"); object.IsValid() {
		v = object
	}
	nested := v.FieldByName("Attributes")
	if !nested.IsValid() {
		return
	}
	for _, name := range nested.MapKeys() {
		of := nested.MapIndex(name).Interface()
		at := path + "." + name.String()
		into[at] = of.(attribute)
		collect(into, at, of)
	}
}
