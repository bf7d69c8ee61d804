package main

import (
	"encoding/json"
	"testing"
)

// Editors show the descriptions, and the pages consist of them: every block,
// attribute, function and parameter has one.
func TestSchema_EverythingIsDescribed(t *testing.T) {
	t.Parallel()
	_, parts := exported(t)
	counted := 0
	for name, part := range parts {
		var value any
		if err := json.Unmarshal(part, &value); err != nil {
			t.Fatal(err)
		}
		counted += described(t, name, value)
	}
	if counted < 300 {
		t.Errorf("only %d descriptions were looked for", counted)
	}
}

// described looks for the descriptions in a part of the schema, and returns how
// many there had to be.
func described(t *testing.T, path string, value any) (counted int) {
	t.Helper()
	members, _ := value.(map[string]any)
	for name, member := range members {
		at := path + "." + name
		counted += described(t, at, member)
		switch name {
		case "attributes": // by name, also those of nested_type and of an identity
			for attribute, schema := range member.(map[string]any) {
				counted += wantDescription(t, at+"."+attribute, schema)
			}
		case "block":
			counted += wantDescription(t, at, member)
		case "parameters":
			for _, parameter := range member.([]any) {
				counted += wantDescription(t, at, parameter)
			}
		}
	}
	return counted
}

func wantDescription(t *testing.T, path string, value any) int {
	t.Helper()
	object, _ := value.(map[string]any)
	if text, _ := object["description"].(string); text == "" {
		t.Errorf("%s has no description", path)
	}
	return 1
}
