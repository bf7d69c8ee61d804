package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// opening is how each page begins: one sentence on its purpose, the role that
// the provider's user needs, and what is in the state afterwards.
var opening = regexp.MustCompile(`^[A-Z][a-z]+s [^\n]*\.\n\n\*\*Role:\*\* [^\n]+\.\n\n\*\*State:\*\* [^\n]+\.\n\n`)

// sentenceEnd is a full stop within a paragraph.
var sentenceEnd = regexp.MustCompile(`[.!?] [A-Z]`)

func TestPages_BeginWithPurposeRoleAndState(t *testing.T) {
	t.Parallel()
	for name, page := range pages(t) {
		_, text, _ := strings.Cut(page, "\n---\n\n# ")
		_, text, _ = strings.Cut(text, "\n\n")
		if !opening.MatchString(text) {
			t.Errorf("%s begins with\n%.200s\nwant its purpose in a sentence that begins with a verb, then Role and State", name, text)
		}
		if purpose, _, _ := strings.Cut(text, "\n"); sentenceEnd.MatchString(purpose) {
			t.Errorf("%s: the purpose is more than one sentence: %s", name, purpose)
		}
	}
}

// Each resource that can be imported shows the three ways to import it, and both
// texts say which forms an import id has.
func TestPages_ListTheFormsOfAnImport(t *testing.T) {
	t.Parallel()
	ways := regexp.MustCompile(`(?s)## Import\n.*\bidentity = \{.*# The import id is [^\n]+\.\nimport \{\n[^}]*\bid = ".*# The import id is [^\n]+\.\nterraform import .*\nterraform import `)
	for name, page := range pages(t) {
		if filepath.Base(filepath.Dir(name)) != "resources" || strings.Contains(page, "cannot be imported") {
			continue
		}
		if !ways.MatchString(page) {
			t.Errorf("%s does not list an import block with an identity, one with an id, and the command, with the forms of the import id", name)
		}
	}
}

// Each example says first what must exist.
func TestExamples_SayWhatMustExist(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Glob("../../examples/*/*/*")
	if err != nil {
		t.Fatal(err)
	}
	// The others are whole directories, which create what they need.
	kinds := regexp.MustCompile(`/(resources|data-sources|ephemeral-resources|list-resources|actions|functions)/`)
	checked := 0
	for _, example := range examples {
		if !kinds.MatchString(filepath.ToSlash(example)) {
			continue
		}
		content, err := os.ReadFile(example)
		if err != nil {
			t.Fatal(err)
		}
		checked++
		if !strings.HasPrefix(string(content), "# Must exist: ") {
			t.Errorf("%s does not begin with the comment # Must exist: …", example)
		}
	}
	if checked < 40 {
		t.Errorf("only %d examples were checked", checked)
	}
}

// pages are the generated pages without the guides, by their path in docs. There
// is one for each type that the provider exports.
func pages(t *testing.T) map[string]string {
	t.Helper()
	schema, _ := exported(t)
	want := 1 + len(schema.ResourceSchemas) + len(schema.DataSourceSchemas) + len(schema.EphemeralResourceSchemas) +
		len(schema.ListResourceSchemas) + len(schema.ActionSchemas) + len(schema.Functions)
	const docs = "../../docs"
	found := map[string]string{}
	for _, pattern := range []string{"index.md", "*/*.md"} {
		files, err := filepath.Glob(filepath.Join(docs, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if filepath.Base(filepath.Dir(file)) == "guides" {
				continue
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name, _ := filepath.Rel(docs, file)
			found[filepath.ToSlash(name)] = string(content)
		}
	}
	if len(found) != want {
		t.Errorf("docs has %d pages, the provider %d", len(found), want)
	}
	return found
}
