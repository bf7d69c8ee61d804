package guides

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

var onGitHub = regexp.MustCompile(`^https://github\.com/tci-pf/terraform-provider-atm/(?:blob|tree)/main/(.*)$`)

// Links to files of this repository, relative ones and those to GitHub, name
// files and headings that exist.
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
			file, heading, ok := target(path, destination)
			if !ok {
				continue
			}
			links++
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s: %v", path, destination, err)
				continue
			}
			if heading == "" {
				continue
			}
			anchors, err := anchors(file)
			if err != nil {
				return err
			}
			if !slices.Contains(anchors, heading) {
				t.Errorf("%s links to %s, which has no such heading", path, destination)
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

// anchors returns the anchors of a document: those that GitHub and the registries
// make of its headings, and its own.
func anchors(path string) ([]string, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, own := range regexp.MustCompile(`<a id="([^"]+)"`).FindAllSubmatch(source, -1) {
		found = append(found, string(own[1]))
	}
	err = ast.Walk(goldmark.DefaultParser().Parse(text.NewReader(source)), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if heading, ok := node.(*ast.Heading); ok && entering {
			found = append(found, anchor(string(heading.Lines().Value(source))))
		}
		return ast.WalkContinue, nil
	})
	return found, err
}

func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
}

// target returns the file of this repository that a link names, and its heading,
// if it names one.
func target(document, destination string) (file, heading string, ok bool) {
	if path := onGitHub.FindStringSubmatch(destination); path != nil {
		path, heading, _ := strings.Cut(path[1], "#")
		return filepath.Join(root, path), heading, true
	}
	link, err := url.Parse(destination)
	switch {
	case err != nil || link.IsAbs() || link.Path == "" && link.Fragment == "":
		return "", "", false
	case link.Path == "":
		return document, link.Fragment, true
	}
	return filepath.Join(filepath.Dir(document), link.Path), link.Fragment, true
}
