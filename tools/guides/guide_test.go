package guides

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// guide is a page of docs/guides.
type guide struct {
	path  string
	steps []*step
}

// at is a place in a guide, for errors.
func (g *guide) at(line int) string { return fmt.Sprintf("%s:%d", filepath.Base(g.path), line) }

// step is what a reader does with one code block of a guide.
type step struct {
	line int // of the block in the guide
	text string

	file    string // the file that the block is, or belongs to
	appends bool   // to the file, which exists

	command bool     // the block is a shell's input
	fails   bool     // and its last command fails
	outputs []output // what it prints

	notRun string // why the block is not run
	needs  string // the programs without which it is not run
}

// output is a block with what a command prints.
type output struct {
	line int
	text string
}

var comment = regexp.MustCompile(`(?s)<!--\s*(fails|not run|needs)(?::\s*(.*?))?\s*-->`)

// readGuide returns the steps of a guide, in their order. Every code block has
// to be a step or the output of one: the error names a block that is neither.
func readGuide(path string) (*guide, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	document := goldmark.DefaultParser().Parse(text.NewReader(source))
	r := &reader{guide: &guide{path: path}, source: source, needs: []string{""}}
	err = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.Heading:
			r.needs = r.needs[:min(node.Level, len(r.needs))]
			for len(r.needs) <= node.Level {
				r.needs = append(r.needs, r.needs[len(r.needs)-1])
			}
		case *ast.HTMLBlock:
			return ast.WalkContinue, r.comment(node)
		case *ast.FencedCodeBlock:
			return ast.WalkContinue, r.block(node)
		}
		return ast.WalkContinue, nil
	})
	return r.guide, err
}

// reader reads one guide from its top to its end.
type reader struct {
	guide  *guide
	source []byte

	needs []string // by the level of the heading, what its section needs; 0 is the guide
	next  step     // what the comments in front of the next block say about it
}

func (r *reader) comment(node *ast.HTMLBlock) error {
	written := string(node.Lines().Value(r.source))
	if node.HasClosure() {
		written += string(node.ClosureLine.Value(r.source))
	}
	found := comment.FindStringSubmatch(written)
	switch {
	case found == nil:
		return nil
	case found[1] == "fails":
		r.next.fails = true
	case found[2] == "":
		return fmt.Errorf("%s: %q has no reason", r.guide.path, strings.TrimSpace(written))
	case found[1] == "not run":
		r.next.notRun = found[2]
	default:
		r.needs[len(r.needs)-1] = found[2]
	}
	return nil
}

func (r *reader) block(node *ast.FencedCodeBlock) error {
	s := r.next
	r.next = step{}
	s.text, s.needs = string(node.Lines().Value(r.source)), r.needs[len(r.needs)-1]
	if node.Lines().Len() > 0 {
		s.line = bytes.Count(r.source[:node.Lines().At(0).Start], []byte("\n"))
	}
	switch language := string(node.Language(r.source)); language {
	case "text":
		if len(r.guide.steps) == 0 || !r.guide.steps[len(r.guide.steps)-1].command {
			return fmt.Errorf("%s: the block is an output, but no command is in front of it", r.guide.at(s.line))
		}
		of := r.guide.steps[len(r.guide.steps)-1]
		of.outputs = append(of.outputs, output{s.line, s.text})
		return nil
	case "shell":
		s.command = true
	default:
		if s.notRun == "" {
			if s.file, s.appends = r.fileName(node.PreviousSibling()); s.file == "" {
				return fmt.Errorf("%s: name the file of the block: a paragraph in front of it that ends in `name`: (or say why it is <!-- not run: … -->)", r.guide.at(s.line))
			}
		}
	}
	r.guide.steps = append(r.guide.steps, &s)
	return nil
}

// fileName is the name at the end of the paragraph in front of a block. The
// block is added to the file if the paragraph begins with "Add to".
func (r *reader) fileName(before ast.Node) (name string, appends bool) {
	for before != nil && before.Kind() == ast.KindHTMLBlock {
		before = before.PreviousSibling()
	}
	if before == nil || before.Kind() != ast.KindParagraph {
		return "", false
	}
	written := string(before.Lines().Value(r.source))
	found := regexp.MustCompile("`([^` ]+)`:\\s*$").FindStringSubmatch(written)
	if found == nil {
		return "", false
	}
	return found[1], strings.HasPrefix(written, "Add to")
}
