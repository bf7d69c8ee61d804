package main

import (
	"os"
	"strings"
	"testing"
)

func TestGenerate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		document string
		want     []string // parts of the code, or of the error
	}{
		"a number":            {"{x-go-bounds: Lifespan, minimum: 60, maximum: 86400, default: 600}", []string{"const MinLifespan = 60\n", "const MaxLifespan = 86400\n", "const DefaultLifespan = 600\n"}},
		"a text":              {"{x-go-bounds: Name, minLength: 1, maxLength: 100}", []string{"const MinName = 1\n", "const MaxName = 100\n"}},
		"an array":            {"{x-go-bounds: URLs, maxItems: 50}", []string{"const MaxURLs = 50\n"}},
		"an enumeration":      {"{x-go-bounds: Type, enum: [code, code_pkce]}", []string{`const TypeCodePKCE = "code_pkce"`, "func Types() []string { return []string{TypeCode, TypeCodePKCE} }"}},
		"written out twice":   {"[{x-go-bounds: N, maximum: 5, default: 1}, {x-go-bounds: N, maximum: 5, nullable: true}]", []string{"const MaxN = 5\n", "const DefaultN = 1\n"}},
		"no name, no code":    {"[{maximum: 7}, {x-go-bounds: N, maximum: 5}]", []string{"const MaxN = 5\n"}},
		"two that differ":     {"[{x-go-bounds: N, maximum: 5}, {x-go-bounds: N, maximum: 6}]", []string{"two schemas differ"}},
		"two enumerations":    {"[{x-go-bounds: T, enum: [a]}, {x-go-bounds: T, enum: [a, b]}]", []string{"two schemas differ"}},
		"nothing that counts": {"{type: object}", []string{"no schema has x-go-bounds"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, err := generate([]byte(test.document))
			got := string(code)
			if err != nil {
				got = err.Error()
			}
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in:\n%s", want, got)
				}
			}
			if strings.Contains(got, " = 7") {
				t.Errorf("a schema without a name is in:\n%s", got)
			}
		})
	}
}

// The committed file is what the document says now.
func TestGenerate_TheDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../testserver/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, err := generate(document)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../internal/validation/bounds.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("bounds.gen.go is not what the document says: run make generate")
	}
}
