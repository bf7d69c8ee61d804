package strictjson

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// What an [Error] is about, for errors.Is. An Error with none of them is text
// that is not JSON.
var (
	// ErrDuplicateName is a name that occurs twice in one object.
	ErrDuplicateName = jsontext.ErrDuplicateName
	// ErrUnknownName is a name that the value has no field for.
	ErrUnknownName = json.ErrUnknownName
	// ErrType is a JSON value that the Go value cannot hold.
	ErrType = errors.New("wrong type")
	// ErrTruncated is text that ends too early.
	ErrTruncated = io.ErrUnexpectedEOF
)

// Error says where a text could not be read. Its own text may quote a name.
type Error struct {
	// Pointer names the member, "" for the whole text (RFC 6901).
	Pointer string
	// Offset is in bytes from the start of the text.
	Offset int64

	kind error
}

func (e *Error) Error() string { return e.kind.Error() }

// Unwrap makes errors.Is work.
func (e *Error) Unwrap() error { return e.kind }

// Unmarshal reads a text of one JSON value as package encoding/json does, but
// refuses a name that occurs twice in one object and text that is not UTF-8,
// and matches names exactly. Its errors are an [*Error].
func Unmarshal(text []byte, into any) error { return asError(json.Unmarshal(text, into)) }

// UnmarshalKnown is Unmarshal for a value that has a field for every name.
func UnmarshalKnown(text []byte, into any) error {
	return asError(json.Unmarshal(text, into, json.RejectUnknownMembers(true)))
}

func asError(err error) error {
	var syntax *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return &Error{Pointer: string(syntax.JSONPointer), Offset: syntax.ByteOffset, kind: err}
	case errors.As(err, &semantic) && errors.Is(err, ErrUnknownName):
		return &Error{Pointer: string(semantic.JSONPointer), Offset: semantic.ByteOffset, kind: err}
	case errors.As(err, &semantic):
		return &Error{Pointer: string(semantic.JSONPointer), Offset: semantic.ByteOffset, kind: ErrType}
	}
	return &Error{kind: err} // the text is empty
}

// Canonical is a text in the one spelling of RFC 8785.
func Canonical(text []byte) ([]byte, error) {
	value := jsontext.Value(text).Clone()
	err := value.Canonicalize()
	return value, err
}

// Indent lays a text out in lines, a name that occurs twice included.
func Indent(text []byte) ([]byte, error) {
	value := jsontext.Value(text).Clone()
	err := value.Indent(jsontext.WithIndent("  "), jsontext.AllowDuplicateNames(true))
	return value, err
}

// Depth is how deeply a valid text is nested: 1 for an object of numbers.
func Depth(text []byte) int {
	deepest := 0
	for decoder := jsontext.NewDecoder(bytes.NewReader(text)); ; deepest = max(deepest, decoder.StackDepth()) {
		if _, err := decoder.ReadToken(); err != nil {
			return deepest
		}
	}
}
