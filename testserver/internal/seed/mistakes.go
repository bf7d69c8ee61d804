package seed

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
)

// syntax puts a mistake that the YAML library found into words of ours: its
// own show the lines around the mistake, and with them secrets.
func (s *Seed) syntax(err error) error {
	var (
		typeError *yaml.TypeError
		overflow  *yaml.OverflowError
		unknown   *yaml.UnknownFieldError
		twice     *yaml.DuplicateKeyError
		node      *yaml.UnexpectedNodeTypeError
		syntax    *yaml.SyntaxError
	)
	what := "is not valid YAML"
	switch {
	case errors.As(err, &typeError):
		what = "must be " + kind(typeError.DstType)
	case errors.As(err, &overflow):
		what = "is too large a number"
	case errors.As(err, &unknown):
		what = unknown.Message
	case errors.As(err, &twice):
		what = twice.Message
	case errors.As(err, &node):
		what = "must be a " + strings.Replace(node.Expected.YAMLName(), "sequence", "list", 1)
	case errors.As(err, &syntax):
		what = "is not valid YAML: " + syntax.Message
	}
	var positioned yaml.Error
	if errors.As(err, &positioned) && positioned.GetToken() != nil {
		p := positioned.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", s.name, p.Line, p.Column, what)
	}
	return fmt.Errorf("%s: %s", s.name, what)
}

func kind(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Int64:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct:
		return "a mapping"
	}
	return "a text"
}

// mistake says what is wrong with the value at a path such as
// suites[0].name, with the line of it or of what it is missing from.
func (s *Seed) mistake(path, detail string) error {
	line, column := s.position(path)
	return fmt.Errorf("%s:%d:%d: %s %s", s.name, line, column, path, detail)
}

// position is where the value at a path stands; the nearest around it that
// there is otherwise.
func (s *Seed) position(path string) (line, column int) {
	for ; path != ""; path = parent(path) {
		p, err := yaml.PathString("$." + path)
		if err != nil {
			continue
		}
		node, err := p.FilterFile(s.source)
		if err == nil && node != nil {
			t := node.GetToken()
			return t.Position.Line, t.Position.Column
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
