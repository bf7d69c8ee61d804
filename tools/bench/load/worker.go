package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// worker is one connection.
type worker struct {
	conn      net.Conn
	reader    *bufio.Reader
	request   []byte
	body      []byte
	latencies []time.Duration
	err       error
}

func newWorker(conn net.Conn, request []byte) *worker {
	return &worker{conn: conn, reader: bufio.NewReaderSize(conn, 16<<10), request: request}
}

// responseTimeout bounds the wait for one response.
const responseTimeout = 30 * time.Second

func (w *worker) run(ctx context.Context, ends time.Time) {
	// A bound for the whole run: a deadline for each request would be a timer
	// for each request.
	if w.err = w.conn.SetDeadline(ends.Add(responseTimeout)); w.err != nil {
		return
	}
	for begun := time.Now(); begun.Before(ends) && ctx.Err() == nil; {
		if _, w.err = w.conn.Write(w.request); w.err != nil {
			return
		}
		if w.err = w.readResponse(); w.err != nil {
			return
		}
		now := time.Now()
		w.latencies = append(w.latencies, now.Sub(begun))
		begun = now
	}
	w.err = ctx.Err()
}

// readResponse reads one response.
func (w *worker) readResponse() error {
	line, err := w.reader.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("received %q", bytes.TrimSpace(line))
	}
	length := -1
	for {
		line, err = w.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= len("\r\n") {
			break
		}
		if value, ok := header(line, "content-length"); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return fmt.Errorf("read Content-Length: %w", err)
			}
		}
	}
	if length < 0 {
		return errors.New("the response has no Content-Length")
	}
	if cap(w.body) < length {
		w.body = make([]byte, length)
	}
	w.body = w.body[:length]
	_, err = io.ReadFull(w.reader, w.body)
	return err
}

// header returns the value of a line that is the header of that name, which is
// in lower case.
func header(line []byte, name string) ([]byte, bool) {
	if len(line) <= len(name) || line[len(name)] != ':' || !bytes.EqualFold(line[:len(name)], []byte(name)) {
		return nil, false
	}
	return bytes.TrimSpace(line[len(name)+1:]), true
}
