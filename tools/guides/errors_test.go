package guides

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Each error that a user can meet is in the guide, and no other.
func TestErrors_ListsEverySummaryAndTitle(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(root + "/docs/guides/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	want, err := summaries(root + "/internal")
	if err != nil {
		t.Fatal(err)
	}
	titles, err := problemTitles(root + "/testserver/internal/problem/types.go")
	if err != nil {
		t.Fatal(err)
	}
	if len(want) < 80 || len(titles) < 20 {
		t.Fatalf("only %d summaries and %d titles were found in the code", len(want), len(titles))
	}
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*)").FindAllSubmatch(page, -1) {
		for _, code := range regexp.MustCompile("`([^`]+)`").FindAllSubmatch(row[1], -1) {
			listed[string(code[1])] = true
		}
	}
	want = append(want, titles...)
	for _, summary := range want {
		if !listed[summary] {
			t.Errorf("errors.md.tmpl: no row of a table begins with `%s`", summary)
		}
	}
	for summary := range listed {
		if !slices.Contains(want, summary) {
			t.Errorf("errors.md.tmpl: no code reports `%s`", summary)
		}
	}
}

// problemTitles returns the titles of ATM's problems, which the provider shows
// after "ATM refused: ".
func problemTitles(path string) ([]string, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var titles []string
	ast.Inspect(file, func(node ast.Node) bool {
		if pair, ok := node.(*ast.KeyValueExpr); ok {
			key, isName := pair.Key.(*ast.Ident)
			title, isText := pair.Value.(*ast.BasicLit)
			if isName && isText && key.Name == "Title" {
				text, _ := strconv.Unquote(title.Value)
				titles = append(titles, strings.TrimSpace(text))
			}
		}
		return true
	})
	return titles, nil
}
