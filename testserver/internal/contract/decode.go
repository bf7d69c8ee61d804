package contract

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	json "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

// maxSafeInteger bounds the whole numbers that a float64 holds exactly.
const maxSafeInteger = 1 << 53

// decode reads one JSON value. It refuses what makes two readers see different
// things (RFC 8259 §4 and §8): a name twice in one object, text that is not
// UTF-8, half a surrogate pair. NUL is refused since PostgreSQL cannot hold it.
func decode(data []byte) (any, error) {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return nil, syntaxProblem(err)
	}
	var fields []problem.Field
	value = normalise(value, "", &fields)
	if len(fields) > 0 {
		return nil, problem.InvalidFields(sorted(fields))
	}
	return value, nil
}

func syntaxProblem(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return problem.InvalidField(shorten(string(syntax.JSONPointer)), "must be given once")
	case errors.As(err, &syntax) && !errors.Is(err, io.ErrUnexpectedEOF):
		return problem.InvalidRequest(fmt.Sprintf("The body is not valid JSON from byte %d on.", syntax.ByteOffset))
	}
	return problem.InvalidRequest("The body is not valid JSON: it ends too early.")
}

// normalise makes whole numbers int64, however they are written, and finds
// strings with NUL.
func normalise(value any, pointer string, fields *[]problem.Field) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = normalise(member, pointer+"/"+escape(name), fields)
		}
	case []any:
		for i, item := range v {
			v[i] = normalise(item, pointer+"/"+strconv.Itoa(i), fields)
		}
	case float64:
		if v == math.Trunc(v) && math.Abs(v) <= maxSafeInteger {
			return int64(v)
		}
	case string:
		if !validation.IsText(v) {
			*fields = append(*fields, problem.Field{Pointer: shorten(pointer), Detail: "must not contain the character NUL"})
		}
	}
	return value
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// escape writes a name as a part of a JSON pointer (RFC 6901 §3).
func escape(name string) string { return pointerEscapes.Replace(name) }
