package guides

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sinks are the functions that take the summary of a diagnostic, or the message
// of a function's error, and which argument it is.
var sinks = map[string]int{
	"AddError": 0, "AddWarning": 0, "AddAttributeError": 1, "AddAttributeWarning": 1,
	"NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
	"NewFuncError": 0, "NewArgumentFuncError": 1,
}

// summaries returns the summaries of the diagnostics in the packages of a
// directory. "…" is what is only known when the provider runs.
func summaries(dir string) ([]string, error) {
	packages, err := filepath.Glob(dir + "/*")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, pkg := range packages {
		s := &summarizer{sinks: map[string]int{}, visiting: map[string]bool{}}
		for name, argument := range sinks {
			s.sinks[name] = argument
		}
		if err := s.read(pkg); err != nil {
			return nil, err
		}
		found = append(found, s.found...)
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// summarizer finds the summaries of one package.
type summarizer struct {
	sinks map[string]int
	files []*ast.File
	set   *token.FileSet

	visiting map[string]bool // the variables whose values are being found
	found    []string
	err      error
}

func (s *summarizer) read(dir string) error {
	paths, err := filepath.Glob(dir + "/*.go")
	if err != nil {
		return err
	}
	s.set = token.NewFileSet()
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(s.set, path, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s.files = append(s.files, file)
	}
	// A function that passes its parameter on as a summary is a sink too, which
	// the next pass finds.
	for before := -1; before != len(s.sinks) && s.err == nil; {
		before, s.found = len(s.sinks), nil
		for _, file := range s.files {
			s.walk(file, nil)
		}
	}
	return s.err
}

// scope is a function around a call. A function literal has the name of the
// variable that it is assigned to.
type scope struct {
	name   string
	kind   *ast.FuncType
	body   *ast.BlockStmt
	around *scope
}

func (s *summarizer) walk(node ast.Node, in *scope) {
	literals := map[*ast.FuncLit]string{}
	ast.Inspect(node, func(child ast.Node) bool {
		switch child := child.(type) {
		case *ast.FuncDecl:
			if child.Body != nil && child.Body != node {
				s.walk(child.Body, &scope{child.Name.Name, child.Type, child.Body, in})
				return false
			}
		case *ast.AssignStmt:
			for i, value := range child.Rhs {
				if literal, ok := value.(*ast.FuncLit); ok && i < len(child.Lhs) {
					literals[literal] = fmt.Sprint(child.Lhs[i])
				}
			}
		case *ast.FuncLit:
			s.walk(child.Body, &scope{literals[child], child.Type, child.Body, in})
			return false
		case *ast.CallExpr:
			s.call(child, in)
		}
		return true
	})
}

func (s *summarizer) call(call *ast.CallExpr, in *scope) {
	name := ""
	switch function := call.Fun.(type) {
	case *ast.Ident:
		name = function.Name
	case *ast.SelectorExpr:
		name = function.Sel.Name
	}
	argument, ok := s.sinks[name]
	if !ok || in == nil || argument >= len(call.Args) {
		return
	}
	for _, text := range s.texts(call.Args[argument], in) {
		if text == unknown {
			s.err = orFirst(s.err, fmt.Errorf("%s: the test cannot find out which summaries this can be: use a literal", s.set.Position(call.Pos())))
		}
		s.found = append(s.found, shortened(text))
	}
}

// shortened is the beginning of the message of a function's error, which names
// the fault. A summary has one sentence, and stays as it is.
func shortened(text string) string {
	text, _, _ = strings.Cut(text, ". ")
	text, _, _ = strings.Cut(text, ", such as")
	return strings.TrimRight(text, ".")
}

// unknown represents a value that is only known when the provider runs.
const unknown = "…"

// texts returns the values that an expression can have in a function; none if a
// caller of the function decides.
func (s *summarizer) texts(expression ast.Expr, in *scope) []string {
	switch e := expression.(type) {
	case *ast.BasicLit:
		value, err := strconv.Unquote(e.Value)
		s.err = orFirst(s.err, err)
		return []string{value}
	case *ast.BinaryExpr:
		var joined []string
		for _, left := range s.part(e.X, in) {
			for _, right := range s.part(e.Y, in) {
				joined = append(joined, left+right)
			}
		}
		return joined
	case *ast.CallExpr:
		selector, ok := e.Fun.(*ast.SelectorExpr)
		switch {
		case ok && selector.Sel.Name == "Sprintf":
			return []string{regexp.MustCompile(`%\S`).ReplaceAllString(s.texts(e.Args[0], in)[0], unknown)}
		case ok && selector.Sel.Name == "Summary": // another diagnostic, passed on
			return nil
		}
	case *ast.Ident:
		if at, of := parameter(e.Name, in); of != nil && of.name != "" {
			s.sinks[of.name] = at
			return nil
		}
		return s.variable(e.Name, in)
	}
	return []string{unknown}
}

// part returns the values that an operand can have.
func (s *summarizer) part(operand ast.Expr, in *scope) []string {
	ident, ok := operand.(*ast.Ident)
	if !ok {
		return s.texts(operand, in)
	}
	if _, of := parameter(ident.Name, in); of != nil {
		return []string{unknown}
	}
	values := s.variable(ident.Name, in)
	if slices.ContainsFunc(values, func(value string) bool { return strings.Contains(value, unknown) }) {
		return []string{unknown}
	}
	return values
}

// parameter finds the function, of those around a place, that has a parameter.
func parameter(name string, in *scope) (at int, of *scope) {
	for ; in != nil; in = in.around {
		at = 0
		for _, field := range in.kind.Params.List {
			for _, parameter := range field.Names {
				if parameter.Name == name {
					return at, in
				}
				at++
			}
		}
	}
	return 0, nil
}

// variable returns the values that are assigned to a local variable.
func (s *summarizer) variable(name string, in *scope) []string {
	if s.visiting[name] {
		return []string{unknown} // x += …
	}
	s.visiting[name] = true
	defer delete(s.visiting, name)
	for ; in != nil; in = in.around {
		var assigned []string
		ast.Inspect(in.body, func(node ast.Node) bool {
			assignment, ok := node.(*ast.AssignStmt)
			if !ok {
				return true
			}
			for i, left := range assignment.Lhs {
				if ident, ok := left.(*ast.Ident); !ok || ident.Name != name {
					continue
				}
				if len(assignment.Rhs) == len(assignment.Lhs) {
					assigned = append(assigned, s.part(assignment.Rhs[i], in)...)
				} else {
					assigned = append(assigned, s.result(assignment.Rhs[0], i)...)
				}
			}
			return true
		})
		if assigned != nil {
			return assigned
		}
	}
	return []string{unknown}
}

// result returns the values of one result of a call of a function of the
// package.
func (s *summarizer) result(call ast.Expr, at int) []string {
	function, ok := call.(*ast.CallExpr)
	if !ok {
		return []string{unknown}
	}
	var found []string
	for _, file := range s.files {
		for _, declared := range file.Decls {
			f, ok := declared.(*ast.FuncDecl)
			if !ok || f.Recv != nil || f.Name.Name != fmt.Sprint(function.Fun) {
				continue
			}
			in := &scope{f.Name.Name, f.Type, f.Body, nil}
			ast.Inspect(f.Body, func(node ast.Node) bool {
				if returned, ok := node.(*ast.ReturnStmt); ok && at < len(returned.Results) {
					found = append(found, s.part(returned.Results[at], in)...)
				}
				return true
			})
		}
	}
	if found == nil {
		return []string{unknown}
	}
	return found
}

func orFirst(first, second error) error {
	if first != nil {
		return first
	}
	return second
}
