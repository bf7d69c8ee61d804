// Package words checks the words of the texts that users read, which are the
// documents, the examples, openapi.yaml, the pages, and the string literals of
// the code, and of the code's comments.
package words

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// retired are the words and phrases that texts must not contain, as regular
// expressions, with what to write instead. A space matches any white space.
var retired = []struct{ word, instead string }{
	{`(?i)(stands?|standing|stood) (there|in)`, "is in, is stored in"},
	{`(?i)(goes|go|going) before`, "takes precedence over"},
	{`(?i)cannot be had|could not be had`, "is not available, cannot fetch"},
	{`(?i)(leads?|leading) to (no|an ATM)`, "is not"},
	{`(?i)(token|tokens) (holds?|does not hold|do not hold)`, "is valid, is invalid"},
	{`(?i)in the own|the own (suite|project)`, "its own"},
	{`(?i)(could|can) ?not be asked`, "the request failed"},
	{`(?i)alone`, "only"},
	{`(?i)whoever|whatever`, "name the subject"},
	{`(?i)elsewhere`, "outside Terraform, on another server"},
	{`(?i)by itself|by themselves`, "automatically, first"},
	{`(?i)nobody whom|who may`, "name the subject"},
	{`(?i)unless given`, "Default: …"},
	{`(?i)tells? (you )?which`, "name what the response contains"},
	{`(?i)lost (create|creates|answer|answers)`, "unknown outcome, lost response"},
	{`(?i)refresh (family|families)`, "token family"},
	{`(?i)grantees?`, "client and user of a grant"},
	{`(?i)key rings?`, "signing keys"},
	{`key sets?`, "JSON Web Key Set (JWKS)"},
	{`(?i)verdicts?`, "validation errors, result"},
	{`(?i)test controls`, "test-control API"},
	{`(?i)nouns?`, "resource, data source, list resource"},
	{`(?i)furnish(es|ed|ing)?`, "name the action"},
	{`(?i)houses?|rooms?|arrows?`, "architecture, package, dependency"},
	{`(?i)dead on arrival|taken apart|takes? apart`, "expired, decoded"},
	{`(?i)is had|was lent|lends?`, "name the action"},
	{`(?i)e-mails?`, "email address"},
}

// skipped are directories without texts for users.
var skipped = map[string]bool{".git": true, ".ci": true, ".github": true, "bin": true, "dist": true, "node_modules": true, "testdata": true}

func TestTexts_ContainNoRetiredWord(t *testing.T) {
	t.Parallel()
	patterns := make([]*regexp.Regexp, len(retired))
	for i, r := range retired {
		// A hyphen is part of a word, as in the type assigned-elsewhere.
		patterns[i] = regexp.MustCompile(`(?m)(?:^|[^\w-])(` + strings.ReplaceAll(r.word, " ", `\s+`) + `)(?:[^\w-]|$)`)
	}
	const root = "../.."
	files := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skipped[entry.Name()]:
			return filepath.SkipDir
		case entry.IsDir():
			return nil
		}
		texts, err := texts(path)
		if err != nil || texts == nil {
			return err
		}
		files++
		name, _ := filepath.Rel(root, path)
		for _, text := range texts {
			for i, pattern := range patterns {
				for _, at := range pattern.FindAllStringSubmatchIndex(text.text, -1) {
					line := text.line + strings.Count(text.text[:at[2]], "\n")
					t.Errorf("%s:%d: %q; write: %s", name, line, text.text[at[2]:at[3]], retired[i].instead)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 300 {
		t.Errorf("only %d files were checked", files)
	}
}

// text is a text that begins in that line of a file.
type text struct {
	line int
	text string
}

// code is what a document quotes, and the classes of a page.
var code = regexp.MustCompile("`[^`\n]+`|class=\"[^\"]*\"")

// texts returns the texts of a file that users read; nil if it has none.
func texts(path string) ([]text, error) {
	switch filepath.Ext(path) {
	case ".md", ".tmpl", ".tf", ".hcl", ".yaml", ".html":
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return []text{{1, code.ReplaceAllString(string(content), "…")}}, nil
	case ".go":
		if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".gen.go") {
			return nil, nil
		}
		return literals(path)
	}
	return nil, nil
}

// literals returns the string literals of a Go file, its comments, and the help
// texts of its struct tags.
func literals(path string) ([]text, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, bytes.NewReader(content), parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var (
		found []text
		other = map[*ast.BasicLit]bool{}
	)
	for _, group := range file.Comments {
		found = append(found, text{set.Position(group.Pos()).Line, code.ReplaceAllString(group.Text(), "…")})
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ImportSpec:
			other[node.Path] = true
		case *ast.Field:
			if node.Tag != nil {
				other[node.Tag] = true
				tag, _ := strconv.Unquote(node.Tag.Value)
				found = append(found, text{set.Position(node.Pos()).Line, reflect.StructTag(tag).Get("help")})
			}
		case *ast.BasicLit:
			// A text for users has a space; a name of a protocol or a setting does not.
			if value, err := strconv.Unquote(node.Value); err == nil && node.Kind == token.STRING && !other[node] && strings.Contains(value, " ") {
				found = append(found, text{set.Position(node.Pos()).Line, code.ReplaceAllString(value, "…")})
			}
		}
		return true
	})
	return found, nil
}
