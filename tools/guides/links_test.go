package guides

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

const onGitHub = "https://github.com/tci-pf/terraform-provider-atm/blob/main/"

// Links to files of this repository, relative ones and those to GitHub, name
// files that exist.
func TestLinks_NameFilesThatExist(t *testing.T) {
	t.Parallel()
	links := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		destinations, err := destinations(path)
		if err != nil {
			return err
		}
		for _, destination := range destinations {
			file, ok := fileOf(path, destination)
			if !ok {
				continue
			}
			links++
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s: %v", path, destination, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if links < 60 {
		t.Errorf("only %d links were checked", links)
	}
}

// destinations returns what a document links to, pictures included.
func destinations(path string) ([]string, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var found []string
	parser := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser()
	err = ast.Walk(parser.Parse(text.NewReader(source)), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.Link:
			found = append(found, string(node.Destination))
		case *ast.Image:
			found = append(found, string(node.Destination))
		}
		return ast.WalkContinue, nil
	})
	return found, err
}

// fileOf returns the file of this repository that a link names, if it names one.
func fileOf(document, destination string) (string, bool) {
	if path, ok := strings.CutPrefix(destination, onGitHub); ok {
		path, _, _ = strings.Cut(path, "#")
		return filepath.Join(root, path), true
	}
	link, err := url.Parse(destination)
	if err != nil || link.IsAbs() || link.Path == "" {
		return "", false
	}
	return filepath.Join(filepath.Dir(document), link.Path), true
}
