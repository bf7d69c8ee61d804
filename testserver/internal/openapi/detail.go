package openapi

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
)

// maxFields bounds the errors of one response, maxPointer the pointer of one:
// both come from the request.
const (
	maxFields  = 50
	maxPointer = 200
)

// patternRule is the extension that says what a schema's pattern asks for.
const patternRule = "x-pattern-rule"

// fieldErrors says what is wrong with each field, once for each, without the
// values: kin-openapi's own messages hold them.
func fieldErrors(err error) []problem.Field {
	var fields []problem.Field
	seen := map[string]bool{}
	add := func(pointer, detail string) {
		pointer = shorten(pointer)
		if !seen[pointer] && len(fields) < maxFields {
			seen[pointer] = true
			fields = append(fields, problem.Field{Pointer: pointer, Detail: detail})
		}
	}
	objects := map[string]bool{} // whose unknown members are noted: there is an error for each of them
	for _, e := range schemaErrors(err) {
		pointer := pointerOf(e)
		if e.SchemaField != "properties" {
			add(pointer, detailOf(e))
			continue
		}
		if objects[pointer] {
			continue
		}
		objects[pointer] = true
		for _, name := range unknownNames(e) {
			add(pointer+"/"+escape(name), "is not a known field")
		}
	}
	return sorted(fields)
}

// schemaErrors flattens what VisitJSON returns.
func schemaErrors(err error) []*openapi3.SchemaError {
	var many openapi3.MultiError
	if errors.As(err, &many) {
		var out []*openapi3.SchemaError
		for _, e := range many {
			out = append(out, schemaErrors(e)...)
		}
		return out
	}
	var one *openapi3.SchemaError
	if errors.As(err, &one) {
		return []*openapi3.SchemaError{one}
	}
	return nil
}

func pointerOf(e *openapi3.SchemaError) string {
	var b strings.Builder
	for _, part := range e.JSONPointer() {
		b.WriteString("/" + escape(part))
	}
	return b.String()
}

// unknownNames lists the members of an object that its schema has not.
func unknownNames(e *openapi3.SchemaError) []string {
	object, _ := e.Value.(map[string]any)
	var names []string
	for name := range object {
		if e.Schema.Properties[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// detailOf completes a sentence that begins with the field.
func detailOf(e *openapi3.SchemaError) string {
	s := e.Schema
	switch e.SchemaField {
	case "type":
		return typeDetail(s)
	case "nullable":
		return "must not be null"
	case "required":
		return "is required"
	case "minimum":
		return fmt.Sprintf("must be at least %.0f", *s.Min)
	case "maximum":
		return fmt.Sprintf("must be at most %.0f", *s.Max)
	case "minLength":
		if s.MinLength == 1 {
			return "must not be empty"
		}
		return fmt.Sprintf("must have at least %d characters", s.MinLength)
	case "maxLength":
		return fmt.Sprintf("must have at most %d characters", *s.MaxLength)
	case "pattern":
		return patternDetail(s)
	case "minItems":
		return fmt.Sprintf("must contain at least %d items", s.MinItems)
	case "maxItems":
		return fmt.Sprintf("must contain at most %d items", *s.MaxItems)
	case "uniqueItems":
		return "must not contain duplicates"
	case "minProperties":
		return "must have at least one of the fields " + names(s)
	case "enum":
		return enumDetail(s)
	}
	return "is not valid"
}

func typeDetail(s *openapi3.Schema) string {
	types := s.Type.Slice()
	if len(types) != 1 {
		return "is of the wrong type"
	}
	switch t := types[0]; t {
	case openapi3.TypeInteger:
		return "must be a whole number"
	case openapi3.TypeArray, openapi3.TypeObject:
		return "must be an " + t
	case openapi3.TypeBoolean:
		return "must be true or false"
	default:
		return "must be a " + t
	}
}

func patternDetail(s *openapi3.Schema) string {
	if rule, ok := s.Extensions[patternRule].(string); ok {
		return "must " + rule
	}
	return "must match " + s.Pattern
}

func enumDetail(s *openapi3.Schema) string {
	values := make([]string, len(s.Enum))
	for i, v := range s.Enum {
		values[i] = fmt.Sprint(v)
	}
	return rules.NotOneOf(values).Error()
}

func names(s *openapi3.Schema) string {
	list := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		list = append(list, name)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func sorted(fields []problem.Field) []problem.Field {
	slices.SortFunc(fields, func(a, b problem.Field) int { return cmp.Compare(a.Pointer, b.Pointer) })
	return fields
}

func shorten(pointer string) string {
	if len(pointer) <= maxPointer {
		return strings.ToValidUTF8(pointer, "?")
	}
	return strings.ToValidUTF8(pointer[:maxPointer], "") + "…"
}
