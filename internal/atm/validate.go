package atm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"unicode"

	"github.com/oapi-codegen/nullable"
)

// decode reads a body as the contract defines it: one JSON value, of T's types, with every required member. A body
// that lacks one is not ATM's response to this request, with any status: reading it leniently would write empty values
// into the state. Errors name members, never values.
func decode[T any](body []byte) (*T, error) {
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&tree); err != nil {
		return nil, errors.New("the body is not JSON")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the body is more than one JSON value")
	}
	value := new(T)
	if err := complete(reflect.TypeFor[T](), tree, ""); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, value); err != nil {
		var mismatch *json.UnmarshalTypeError
		if errors.As(err, &mismatch) {
			return nil, fmt.Errorf("member %q has the wrong type", mismatch.Field)
		}
		return nil, errors.New("a member has the wrong format")
	}
	return value, nil
}

// complete reports the first required member of the type that the decoded JSON lacks. A member is required if its
// tag has no omitempty, which is how oapi-codegen writes the schema's "required". null counts as a value only of a
// nullable member.
func complete(kind reflect.Type, tree any, path string) error {
	switch kind.Kind() {
	case reflect.String:
		return fit(path, tree)
	case reflect.Slice:
		items, ok := tree.([]any)
		if !ok {
			return fmt.Errorf("%s is not an array", member(path))
		}
		for i, item := range items {
			if err := complete(kind.Elem(), item, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		if kind.PkgPath() == "time" {
			break
		}
		members, ok := tree.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is not an object", member(path))
		}
		for i := range kind.NumField() {
			if err := completeField(kind.Field(i), members, path); err != nil {
				return err
			}
		}
	}
	return nil
}

func completeField(field reflect.StructField, members map[string]any, path string) error {
	name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
	at := strings.TrimPrefix(path+"."+name, ".")
	value, present := members[name]
	optional := strings.Contains(options, "omitempty")
	switch {
	case !present && optional, value == nil && present && (optional || isNullable(field.Type)):
		return nil
	case !present:
		return fmt.Errorf("member %q is missing", at)
	case value == nil:
		return fmt.Errorf("member %q is null", at)
	case value == "" && identifies(name):
		return fmt.Errorf("member %q is empty", at)
	case isID(name) && !isIDText(value):
		return fmt.Errorf("member %q is not an id", at)
	case fit(at, value) != nil:
		return fit(at, value)
	case isNullable(field.Type), field.Type.Kind() == reflect.Pointer:
		return nil
	}
	return complete(field.Type, value, at)
}

// identifies reports whether the member identifies an object or its version; the contract gives these no empty value.
func identifies(name string) bool {
	return name == "id" || name == "etag" || name == "kid" || strings.HasSuffix(name, "Id")
}

// isID reports whether the member is an id of ATM's. A client id is any text.
func isID(name string) bool {
	return name == "id" || strings.HasSuffix(name, "Id") && name != "clientId"
}

var idText = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64})?$`)

// isIDText reports whether the value is an id, or the two of an assignment. Ids become parts of URLs, of import blocks
// and of the state.
func isIDText(value any) bool {
	text, ok := value.(string)
	return !ok || idText.MatchString(text)
}

// fit refuses a text with control characters, which no text of the contract but a PEM has: errors and warnings print
// names and email addresses, and a line break in one could forge the lines after it.
func fit(path string, value any) error {
	forbidden := unicode.IsControl
	if strings.HasSuffix(path, ".pem") {
		forbidden = func(r rune) bool { return r != '\n' && r != '\r' && unicode.IsControl(r) }
	}
	if text, ok := value.(string); ok && strings.ContainsFunc(text, forbidden) {
		return fmt.Errorf("%s has a control character", member(path))
	}
	return nil
}

// isNullable knows oapi-codegen's type of a nullable member, which is a map of its own.
func isNullable(kind reflect.Type) bool {
	return kind.Kind() == reflect.Map && kind.PkgPath() == reflect.TypeFor[nullable.Nullable[string]]().PkgPath()
}

func member(path string) string {
	if path == "" {
		return "the body"
	}
	return fmt.Sprintf("member %q", path)
}
