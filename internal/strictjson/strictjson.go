// Package strictjson reads JSON that comes from outside and decides over trust:
// tokens and JWKS documents. Where encoding/json is lenient (a name that occurs
// twice, text that is not UTF-8, nesting without end), two readers of one text
// may see two things; here such a text is refused.
//
// It is the only package that knows the library for it, which is an experiment
// that becomes encoding/json/v2. It must not know what it reads.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Object reads text as one JSON object (RFC 8259) whose names are unique at
// every level and whose depth is at most maxDepth. Numbers become
// [json.Number], names are matched exactly. Errors tell the kind of fault and
// never quote the text.
func Object(text []byte, maxDepth int) (map[string]any, error) {
	if err := check(text, maxDepth); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil || object == nil {
		return nil, errors.New("it is not a JSON object")
	}
	return object, nil
}

func check(text []byte, maxDepth int) error {
	decoder := jsontext.NewDecoder(bytes.NewReader(text))
	values := 0
	for {
		_, err := decoder.ReadToken()
		if decoder.StackDepth() == 0 {
			values++
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case values > 1:
			return errors.New("it is not a JSON object and nothing else")
		case errors.Is(err, jsontext.ErrDuplicateName):
			return errors.New("a name occurs twice in one JSON object")
		case err != nil:
			return errors.New("it is not valid JSON")
		case decoder.StackDepth() > maxDepth:
			return fmt.Errorf("it is nested more than %d levels deep", maxDepth)
		}
	}
}
