package seed

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// syntax puts a mistake that the YAML library found into our words: the name of
// an anchor may be a secret without quotes.
func (s *Seed) syntax(err error) error {
	line, column, what := 1, 1, "is not valid YAML"
	if loading, found := errors.AsType[*yaml.LoadError](err); found {
		line, column = max(loading.Mark.Line, 1), max(loading.Mark.Column, 1)
		what += ": " + loading.Message
		if strings.Contains(loading.Message, "anchor") {
			what = "is not valid YAML: an alias (*) names no anchor (&); write a text that begins with * in quotes"
		}
	}
	return fmt.Errorf("%s:%d:%d: %s", s.name, line, column, what)
}

// encoding refuses what is not UTF-8, or has a character that YAML does not allow
// (YAML 1.2.2, §5.1), for both of which the YAML library knows no line.
func (s *Seed) encoding(text []byte) error {
	line, column := 1, 1
	for i, r := range string(text) {
		_, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return fmt.Errorf("%s:%d:%d: is not UTF-8 text", s.name, line, column)
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r >= 0x7f && r < 0xa0 && r != 0x85, r == 0xfffe, r == 0xffff:
			return fmt.Errorf("%s:%d:%d: is a control character", s.name, line, column)
		case r == '\n':
			line, column = line+1, 0
		}
		column++
	}
	return nil
}

// mistake says what is wrong with the value at a path such as
// suites[0].name, with the line of it or of what it is missing from.
func (s *Seed) mistake(path, detail string) error {
	line, column := s.position(path)
	return fmt.Errorf("%s:%d:%d: %s %s", s.name, line, column, path, detail)
}

// position is where the value at a path is in the file; if there is none, the
// position of the nearest value around it.
func (s *Seed) position(path string) (line, column int) {
	for ; path != ""; path = parent(path) {
		if n := s.nodes[path]; n != nil && n.Line > 0 {
			return n.Line, n.Column
		}
	}
	return 1, 1
}

// parent is the path without its last step.
func parent(path string) string {
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}
