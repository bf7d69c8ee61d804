package openapi

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"
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
	if err := strictjson.Unmarshal(data, &value); err != nil {
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
	var where *strictjson.Error
	switch errors.As(err, &where); {
	case errors.Is(err, strictjson.ErrDuplicateName):
		return problem.InvalidField(shorten(where.Pointer), "must be given once")
	case errors.Is(err, strictjson.ErrTruncated):
		return problem.InvalidRequest("The body is not valid JSON: it ends too early.")
	}
	return problem.InvalidRequest(fmt.Sprintf("The body is not valid JSON from byte %d on.", where.Offset))
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
