package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// chunks counts how often it is written to.
type chunks struct {
	mu    sync.Mutex
	text  bytes.Buffer
	count int
}

func (c *chunks) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	return c.text.Write(p)
}

func (c *chunks) seen() (string, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String(), c.count
}

func TestLineWriter_WritesASingleLineAtOnceAndManyTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &chunks{}
		w := &lineWriter{out: out}
		want := ""
		for i := range 100 {
			line := fmt.Sprintf("line %d\n", i)
			want += line
			if n, err := w.Write([]byte(line)); n != len(line) || err != nil {
				t.Fatal(n, err)
			}
			if text, _ := out.seen(); i == 0 && text != line {
				t.Errorf("the first line was not written at once: %q", text)
			}
		}
		if _, count := out.seen(); count != 1 {
			t.Errorf("written %d times before the others are due", count)
		}
		time.Sleep(batch)
		synctest.Wait()
		if text, count := out.seen(); text != want || count != 2 {
			t.Errorf("written %d times: %q", count, text)
		}
		time.Sleep(batch)
		synctest.Wait()
		if _, err := w.Write([]byte("alone\n")); err != nil {
			t.Fatal(err)
		}
		if text, _ := out.seen(); !strings.HasSuffix(text, "alone\n") {
			t.Error("a single line waits")
		}
	})
}

func TestLineWriter_FlushLosesNothing(t *testing.T) {
	t.Parallel()
	out := &chunks{}
	w := &lineWriter{out: out}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 50 {
				_, _ = fmt.Fprintf(w, "%d/%d\n", i, j)
			}
		})
	}
	group.Wait()
	w.Flush()
	text, _ := out.seen()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	seen := map[string]bool{}
	for _, line := range lines {
		seen[line] = true
	}
	if len(lines) != 400 || len(seen) != 400 {
		t.Errorf("%d lines, %d different, want 400", len(lines), len(seen))
	}
}
