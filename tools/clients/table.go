package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const (
	begin = "<!-- make clients writes this table -->\n"
	end   = "<!-- end of the table -->\n"
)

// writeTable replaces the table between the markers of a file.
func writeTable(file string, results []result) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(content, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !found || !ended {
		return fmt.Errorf("%s has not the markers of the table: %s%s", file, begin, end)
	}
	return os.WriteFile(file, bytes.Join([][]byte{before, []byte(begin), table(results), []byte(end), after}, nil), 0o644) //nolint:gosec // a document
}

// table is the results in Markdown.
func table(results []result) []byte {
	var out bytes.Buffer
	fmt.Fprintln(&out, "| client | version | signs in | refreshes | UserInfo | introspects | revokes | signs out | two rotations | settings |")
	fmt.Fprintln(&out, "|---|---|---|---|---|---|---|---|---|---|")
	for _, r := range results {
		cells := []string{r.Name, r.version}
		for _, does := range capabilities {
			cells = append(cells, r.cell(does))
		}
		fmt.Fprintf(&out, "| %s | %s |\n", strings.Join(cells, " | "), r.note())
	}
	return out.Bytes()
}

// cell is what a table says of a capability: nothing where the client has none.
func (r *result) cell(does string) string {
	switch {
	case r.missing == nil && r.failed == nil && r.seen[does]:
		return "✓"
	case r.failed != nil && slices.Contains(r.Does, does):
		return "✗"
	}
	return ""
}

func (r *result) note() string {
	switch {
	case r.missing != nil:
		first, _, _ := strings.Cut(r.missing.Error(), "\n")
		return "**not installed**: `" + first + "`"
	case r.failed != nil:
		return "**failed**"
	}
	return r.Notes
}

// summarize prints how many clients passed, and fails if one that is installed
// failed.
func summarize(out io.Writer, results []result) error {
	passed, failed, missing := 0, 0, 0
	for _, r := range results {
		switch {
		case r.missing != nil:
			missing++
		case r.failed != nil:
			failed++
		default:
			passed++
		}
	}
	fmt.Fprintf(out, "\n%d clients passed, %d failed, %d are not installed\n", passed, failed, missing)
	if failed > 0 {
		return errors.New("a client failed")
	}
	return nil
}
