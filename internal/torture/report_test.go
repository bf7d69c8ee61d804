package torture_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
)

var began = time.Now()

// report prints the table of RELIABILITY.md, and each failed cell with the way
// to run it again.
func report() {
	resultsMu.Lock()
	defer resultsMu.Unlock()
	var all result
	for _, matrix := range []string{"faults", "kills", "concurrency", "terraform"} {
		byResource, byFault := pivot{}, pivot{}
		var sum result
		for k, r := range results {
			if k.matrix != matrix {
				continue
			}
			byResource.add(k.resource, k.operation, *r)
			byFault.add(k.fault, "passed / ran", *r)
			sum.add(*r)
			all.add(*r)
		}
		if sum.ran == 0 {
			continue
		}
		fmt.Printf("\n**Matrix %s**: %s.\n\n", matrix, sum)
		byResource.print("resource")
		if matrix != "concurrency" {
			byFault.print("fault")
		}
	}
	if len(walks) > 0 {
		slices.Sort(walks)
		fmt.Printf("\n**Walks**\n\n| store | test | result | what it did |\n|---|---|---|---|\n%s\n\n", strings.Join(walks, "\n"))
	}
	fmt.Printf("**All matrices**: %s. %s, %s/%s, %d CPUs, %s, %s.\n", all, began.Format(time.DateOnly),
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), time.Since(began).Round(time.Second))
	slices.Sort(failed)
	for _, name := range failed {
		fmt.Printf("FAILED make torture CELL='%s'\n", name)
	}
}

func (r *result) add(other result) { r.ran += other.ran; r.passed += other.passed }

func (r result) String() string { return fmt.Sprintf("%d of %d cells passed", r.passed, r.ran) }

// pivot is a table of results: by row, then column.
type pivot map[string]map[string]*result

func (p pivot) add(row, column string, r result) {
	if p[row] == nil {
		p[row] = map[string]*result{}
	}
	if p[row][column] == nil {
		p[row][column] = &result{}
	}
	p[row][column].add(r)
}

func (p pivot) print(title string) {
	var rows, columns []string
	for row, cells := range p {
		rows = append(rows, row)
		for column := range cells {
			if !slices.Contains(columns, column) {
				columns = append(columns, column)
			}
		}
	}
	slices.Sort(rows)
	slices.Sort(columns)
	fmt.Printf("| %s | %s |\n|%s\n", title, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)+1))
	for _, row := range rows {
		line := "| " + row + " |"
		for _, column := range columns {
			if r := p[row][column]; r != nil {
				line += fmt.Sprintf(" %d / %d |", r.passed, r.ran)
			} else {
				line += " – |"
			}
		}
		fmt.Println(line)
	}
	fmt.Println()
}
